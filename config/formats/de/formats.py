"""How dates and times are written here."""

DATE_FORMAT = "j. F Y"
DATETIME_FORMAT = "j. F Y, H:i"
SHORT_DATE_FORMAT = "j. M Y"
TIME_FORMAT = "H:i"
SHORT_DATETIME_FORMAT = "j. M Y, H:i"
