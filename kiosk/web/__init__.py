"""The screens: what visitors see (display) and what staff work with (desk)."""

from kiosk.web.app import create_app

__all__ = ["create_app"]
