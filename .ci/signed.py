"""Signs each request of schemathesis: SCHEMATHESIS_HOOKS=.ci/signed.py. The credentials are
those of the configuration that .ci/schemathesis writes."""

import hashlib
import hmac
import threading
import time

import requests
import schemathesis

SECRET = b"kept-between-the-client-and-the-server"
TOKEN = "a-token-drawn-at-random"
PREFIX = "/partners"

lock = threading.Lock()
last = 0
signatures = set()


def timestamp():
    """The time in milliseconds, later than that of the last request: a signature is
    accepted once, and requests can be identical."""
    global last
    with lock:
        last = max(time.time_ns() // 1_000_000, last + 1)
        return str(last)


class Signature(requests.auth.AuthBase):
    def __call__(self, request):
        path = request.path_url.split("?")[0]
        if path == PREFIX or path.startswith(PREFIX + "/"):
            path = path[len(PREFIX):]
        body = request.body or b""
        if isinstance(body, str):
            body = body.encode()
        is_hashed = request.method in ("POST", "PUT", "PATCH")
        body_hash = hashlib.sha256(body).hexdigest() if is_hashed else ""
        at = timestamp()
        text = f"{request.method}:{path}:{at}:{body_hash}"
        request.headers["x-client-id"] = "shop"
        request.headers["x-timestamp"] = at
        signature = hmac.new(SECRET, text.encode(), hashlib.sha256).hexdigest()
        signatures.add(signature)
        request.headers["x-signature"] = signature
        request.headers["authorization"] = f"Bearer {TOKEN}"
        return request


schemathesis.auth.set_from_requests(Signature())


@schemathesis.check
def accepted_signature(context, response, case):
    """Otherwise every request could be 401, which the description allows. Some have
    credentials that schemathesis generated."""
    is_signed = response.request.headers.get("x-signature") in signatures
    assert not is_signed or response.status_code != 401, response.text
