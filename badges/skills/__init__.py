"""What adverts ask for, and how skills hang together: plain Python, no Django, no network."""
