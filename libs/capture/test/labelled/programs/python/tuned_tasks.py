def read_index(path):
    return open(path)


def lookup(table, key):
    return table["rows"][0][key]


def chained():
    try:
        read_index("/srv/data/index.json")
    except OSError as error:
        raise RuntimeError("catalogue is not readable") from error


def doubled():
    try:
        lookup({"rows": [{}]}, "name")
    except KeyError:
        int("twelve")


