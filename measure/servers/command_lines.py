"""The command of each server for each job: what the tables and the pages show is what the tests run."""

ASGI, WSGI = "oms.asgi:application", "oms.wsgi:application"

# PORT, CERT and KEY stand for a free port and the files of a certificate. A job that a server has no option for is
# missing; its test then runs the plain command.
COMMANDS = {
    "uvicorn": {
        "run": f"uvicorn {ASGI} --port PORT",
        "reload": f"uvicorn {ASGI} --port PORT --reload",
        "workers": f"uvicorn {ASGI} --port PORT --workers 2",
        "tls": f"uvicorn {ASGI} --port PORT --ssl-certfile CERT --ssl-keyfile KEY",
        "root path": f"uvicorn {ASGI} --port PORT --root-path /shop",
    },
    "daphne": {
        "run": f"daphne {ASGI} --port PORT",
        "tls": f"daphne {ASGI} --endpoint ssl:PORT:certKey=CERT:privateKey=KEY",
        "root path": f"daphne {ASGI} --port PORT --root-path /shop",
        "forwarded": f"daphne {ASGI} --port PORT --proxy-headers",
    },
    "hypercorn": {
        "run": f"hypercorn {ASGI} --bind 127.0.0.1:PORT",
        "reload": f"hypercorn {ASGI} --bind 127.0.0.1:PORT --reload",
        "workers": f"hypercorn {ASGI} --bind 127.0.0.1:PORT --workers 2",
        "tls": f"hypercorn {ASGI} --bind 127.0.0.1:PORT --certfile CERT --keyfile KEY",
        "http/3": f"hypercorn {ASGI} --bind 127.0.0.1:PORT --quic-bind 127.0.0.1:PORT --certfile CERT --keyfile KEY",
        "root path": f"hypercorn {ASGI} --bind 127.0.0.1:PORT --root-path /shop",
    },
    "granian": {
        "run": f"granian {ASGI} --interface asgi --port PORT",
        "reload": f"granian {ASGI} --interface asgi --port PORT --reload",
        "workers": f"granian {ASGI} --interface asgi --port PORT --workers 2",
        "tls": f"granian {ASGI} --interface asgi --port PORT --ssl-certificate CERT --ssl-keyfile KEY",
        "root path": f"granian {ASGI} --interface asgi --port PORT --url-path-prefix /shop",
    },
    "gunicorn, asgi": {
        "run": f"gunicorn {ASGI} -k asgi --bind 127.0.0.1:PORT",
        "reload": f"gunicorn {ASGI} -k asgi --bind 127.0.0.1:PORT --reload",
        "workers": f"gunicorn {ASGI} -k asgi --bind 127.0.0.1:PORT --workers 2",
        "tls": f"gunicorn {ASGI} -k asgi --bind 127.0.0.1:PORT --certfile CERT --keyfile KEY --http-protocols h2,h1",
        "http/2": f"gunicorn {ASGI} -k asgi --bind 127.0.0.1:PORT --http-protocols h2,h1 --http2-cleartext both",
        "root path": f"gunicorn {ASGI} -k asgi --bind 127.0.0.1:PORT --root-path /shop",
    },
    "gunicorn, uvicorn": {
        "run": f"gunicorn {ASGI} -k uvicorn_worker.UvicornWorker --bind 127.0.0.1:PORT",
        "workers": f"gunicorn {ASGI} -k uvicorn_worker.UvicornWorker --bind 127.0.0.1:PORT --workers 2",
        "tls": f"gunicorn {ASGI} -k uvicorn_worker.UvicornWorker --bind 127.0.0.1:PORT --certfile CERT --keyfile KEY",
    },
    "gunicorn, WSGI": {
        "run": f"gunicorn {WSGI} --bind 127.0.0.1:PORT",
        "reload": f"gunicorn {WSGI} --bind 127.0.0.1:PORT --reload",
        "workers": f"gunicorn {WSGI} --bind 127.0.0.1:PORT --workers 2",
        "threads": f"gunicorn {WSGI} --bind 127.0.0.1:PORT --threads 20",
        "tls": f"gunicorn {WSGI} -k gthread --bind 127.0.0.1:PORT --certfile CERT --keyfile KEY --http-protocols h2,h1",
        "http/2": f"gunicorn {WSGI} -k gthread --bind 127.0.0.1:PORT --http-protocols h2,h1 --http2-cleartext both",
        "root path": f"gunicorn {WSGI} --bind 127.0.0.1:PORT --env SCRIPT_NAME=/shop",
    },
    "granian, WSGI": {
        "run": f"granian {WSGI} --interface wsgi --port PORT",
        "reload": f"granian {WSGI} --interface wsgi --port PORT --reload",
        "workers": f"granian {WSGI} --interface wsgi --port PORT --workers 2",
        "threads": f"granian {WSGI} --interface wsgi --port PORT --blocking-threads 20",
        "tls": f"granian {WSGI} --interface wsgi --port PORT --ssl-certificate CERT --ssl-keyfile KEY",
        "root path": f"granian {WSGI} --interface wsgi --port PORT --url-path-prefix /shop",
    },
}
