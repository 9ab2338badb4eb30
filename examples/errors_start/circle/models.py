from oms.asgi import application


def answer(scope, receive, send):
    return application(scope, receive, send)
