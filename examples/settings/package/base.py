"""What all environments share. Move the lines of your settings.py here, and add one `.parent` to BASE_DIR."""

from oms.settings import *  # noqa: F403
