from circular_a import names


def tools():
    return names()
