from examples.errors_async.streams import right as stream


def louder(get_response):
    async def middleware(request):
        response = await get_response(request)
        response.streaming_content = map(bytes.upper, response.streaming_content)
        return response

    return middleware


def louder_async(get_response):
    async def middleware(request):
        response = await get_response(request)
        response.streaming_content = (piece.upper() async for piece in response.streaming_content)
        return response

    return middleware


wrong = louder(stream)
right = louder_async(stream)
