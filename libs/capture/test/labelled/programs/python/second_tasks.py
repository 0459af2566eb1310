class BookingError(Exception):
    def __init__(self, room, detail):
        super().__init__(f"room {room} cannot be booked\ndetail: {detail}")
        self.room = room


def ask(desk, room):
    return desk["rooms"][room]["price"] * 1.19


def book(room):
    try:
        ask({"rooms": {1: {"price": None}}}, 1)
    except TypeError as error:
        try:
            raise LookupError("price list") from error
        except LookupError as lookup:
            raise BookingError(room, "no price") from lookup


