"""HTTPS on this machine: a certificate, and nginx before a server."""

import os
import shutil
import subprocess

from tests.shared.running import Running

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
# What stands around a site's file on a real machine; all that nginx writes goes to a folder of the test.
AROUND = """
daemon off; master_process off; pid nginx.pid; error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}
"""


def certificate_in(folder, name="127.0.0.1"):
    """Make a certificate with a name for 127.0.0.1 in a folder; give its file and the file of its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


def deployed(server, https, http, certificate):
    """What examples/deploy/nginx.conf names on a real machine, and what stands for it here: {there: here}.

    The server and nginx itself, for HTTPS and for HTTP, are given by their ports.
    """
    return {
        "listen 443": f"listen 127.0.0.1:{https}",
        "listen 80": f"listen 127.0.0.1:{http}",
        "127.0.0.1:8001": f"127.0.0.1:{server}",
        "/etc/ssl/certs/example.com.pem": str(certificate[0]),
        "/etc/ssl/private/example.com.key": str(certificate[1]),
    }


def nginx_in(folder, site, port):
    """Start nginx in a folder with a site's file, given as text; it listens on the port, for HTTPS."""
    (folder / "site.conf").write_text(site)
    (folder / "nginx.conf").write_text(AROUND)
    nginx = Running([NGINX, "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"], port, folder / "output")
    nginx.url = f"https://127.0.0.1:{port}"
    return nginx
