"""What all environments share. Move the lines of your settings.py here, with a `.parent` more for BASE_DIR."""

from oms.settings import *  # noqa: F403
