"""Every platform, played on this machine."""
