def tools(:
    return []
