"""Measuring and attacking the core from outside: not part of the site, never imported by it."""
