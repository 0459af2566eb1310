from circular_b import tools


def names():
    return tools()
