def sign(get_response):
    """A middleware that adds a line to each response."""

    def middleware(request):
        response = get_response(request)
        response.content += b"\nSigned"
        return response

    return middleware
