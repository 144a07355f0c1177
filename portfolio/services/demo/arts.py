"""The look of each badge of the demo."""

from portfolio.services.demo.art import Art, Colours

NIGHT = Colours("#14284b", "#27508f", "#e8a33d", "#f6dda6")
WINE = Colours("#4a1530", "#8a2a55", "#f08a5d", "#f9d9c0")
PINE = Colours("#0f3d3e", "#1c6b63", "#e9b44c", "#dcefdc")
VIOLET = Colours("#3c1f86", "#6d3fd4", "#ffc857", "#d9c9ff")
INDIGO = Colours("#14337a", "#2c62d6", "#5ce1c6", "#c5d8ff")
CORAL = Colours("#a3293f", "#ec5a4f", "#ffd166", "#ffdcd1")
POLAR = Colours("#141a46", "#2b3a8c", "#4fe0b5", "#b9a5ff")
PLUM = Colours("#2e1442", "#5d2b7e", "#ff8fb1", "#ffd3a8")
ORANGE = Colours("#1f3b34", "#2f6b58", "#ff9f1c", "#ffe3b3")
STEEL = Colours("#14344a", "#2a6f97", "#ffb627", "#d7ecf5")
SEA = Colours("#0b4f6c", "#1a8fa8", "#ffb35c", "#bfe8ea")
DUSK = Colours("#3d2a6d", "#7b4fb0", "#ff8c69", "#ffd9c7")
STAMP = Colours("#0c4a6e", "#2a87b8", "#7dd3fc", "#e0f2fe")
ROSE = Colours("#7a1f4b", "#c2447e", "#ffb3c7", "#ffe4ec")
RED = Colours("#8f1d2c", "#d9433f", "#ffb703", "#ffe5d9")
THREAD = Colours("#22223b", "#9a4c8d", "#f2a65a", "#58b4ae")
FOREST = Colours("#17402f", "#2f7d55", "#f2b134", "#fbf0d2")
MAROON = Colours("#5a1626", "#a02c44", "#f4a340", "#fdebd3")
NAVY = Colours("#12305c", "#2b62a8", "#ffb02e", "#e9f1fb")
MINT = Colours("#0b5563", "#14909c", "#ffcf56", "#b8f2e6")
EMBER = Colours("#3b1d17", "#7d3b23", "#f28c38", "#fbe0b0")
PENCIL = Colours("#4a5568", "#7a8699", "#e0a458", "#d5dce6")

UNIVERSITY, ACADEMY, GUILD = "LANTERNFIELD", "QUILLMARK", "NORTHLIGHT DATA GUILD"
SCHOOL = "ELDVIK SCHOOL"

ARTS = {
    "statistics": Art("university", "statistics", NIGHT, "5 ECTS", UNIVERSITY),
    "ethics": Art("university", "scales", WINE, "3 ECTS", UNIVERSITY),
    "visualising": Art("university", "bubbles", PINE, "5 ECTS", UNIVERSITY),
    "sql": Art("academy", "database", VIOLET, "SQL", ACADEMY),
    "python": Art("academy", "prompt", INDIGO, "PYTHON", ACADEMY),
    "agile": Art("academy", "notes", CORAL, "TEAMWORK", ACADEMY),
    "analyst": Art("guild", "north", POLAR, "JUNIOR ANALYST", GUILD),
    "dashboard": Art("guild", "gauge", PLUM, "DASHBOARDS", GUILD),
    "safety": Art("employer", "helmet", ORANGE, "SAFETY LEAD", "FERNBRIDGE"),
    "forecasting": Art("employer", "forecast", STEEL, "FORECASTING", "FERNBRIDGE"),
    "hours": Art("shore", "gull", SEA, "100 HOURS", "TIDEWATCH"),
    "species": Art("shore", "starfish", DUSK, "SPECIES COUNT", "TIDEWATCH"),
    "english": Art("language", "C1", STAMP, "ENGLISH", "LINGUA HARBOUR"),
    "german": Art("language", "B1", ROSE, "DEUTSCH", "LINGUA HARBOUR"),
    "firstaid": Art("rescue", "mountain", RED, "FIRST AID", "REDKITE"),
    "merged": Art("loom", "merge", THREAD, "FIRST PATCH", "OPENLOOM"),
    "debate": Art("patch", "bubblespeech", FOREST, "DEBATE TEAM", SCHOOL),
    "newspaper": Art("patch", "newspaper", MAROON, "THE GAZETTE", SCHOOL),
    "robotics": Art("patch", "robot", NAVY, "ROBOTICS", SCHOOL),
    "mentor": Art("club", "kettle", MINT, "MENTOR", "KETTLE & CODE"),
    "camp": Art("camp", "tent", EMBER, "COUNSELLOR", "CINDERPATH"),
    "datanight": Art("sketch", "night", PENCIL, "Data Night", "organised by me"),
}
