# What goes wrong in a mail server: the traces of third.py begin here.
import subprocess
import sys


class MailboxError(Exception):
    pass


def parse_header(raw):
    name, value = raw.split(":")
    return {name: int(value)}


def deliver(message):
    try:
        return parse_header(message["header"])
    except ValueError as error:
        raise MailboxError(f"message {message['id']} is not deliverable") from error


def requeue(message):
    try:
        deliver(message)
    except MailboxError:
        return message["queue"]


def run_filter():
    script = "import sys; print('rule 3: unknown field', file=sys.stderr); sys.exit(4)"
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)


def refuse():
    raise MailboxError("3 recipients refused:\n- ann@example.org\n- bob@example.org\n- cid@example.org")


def explain():
    raise PermissionError("cannot open the spool\nRun the server as the user mail, or set SPOOL_DIR to a folder of your own.")


MESSAGE = {"id": 7, "header": "Size: big", "to": "ann"}
