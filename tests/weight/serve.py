"""Serve built sites with WhiteNoise, each below a name of its own: the site in ``NAME/`` at ``http://NAME.localhost``.

The folder with the sites is in the environment variable ``SITES``. What lies compressed beside a file is sent for it.
"""

import os
from pathlib import Path

from whitenoise import WhiteNoise

MAX_AGE = 600  # seconds, as GitHub Pages says


def missing(environ, start_response):
    start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "0")])
    return []


SITES = {
    folder.name: WhiteNoise(missing, root=folder, index_file=True, max_age=MAX_AGE)
    for folder in Path(os.environ["SITES"]).iterdir()
}


def application(environ, start_response):
    """Answer from the site that the host's first word names."""
    name = environ["HTTP_HOST"].split(".")[0]
    return SITES.get(name, missing)(environ, start_response)
