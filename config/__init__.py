"""Wiring: imports every app and is imported by none."""
