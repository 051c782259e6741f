"""Canaille, which others wrote: an OpenID Provider that keeps its users elsewhere by SCIM.

Says where it serves in one line of JSON, then does what each line of its standard input says and answers by a line; ends
when that does.
"""

import datetime
import json
import os
import secrets
import sys
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from joserfc.jwk import JWKRegistry

settings = json.loads(sys.argv[1])


class Quiet(WSGIRequestHandler):
    def log_request(self, *_):
        pass


class Late:
    """The application, which must know its port before there is one."""

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


late = Late()
server = make_server("127.0.0.1", 0, late, handler_class=Quiet)
issuer = f"http://localhost:{server.server_port}"
key = JWKRegistry.generate_key("RSA", 2048)
key.ensure_kid()
late.app = app = create_app(
    config={
        "SECRET_KEY": secrets.token_hex(),
        "ENV_FILE": None,
        "PREFERRED_URL_SCHEME": "http",
        "SERVER_NAME": f"localhost:{server.server_port}",
        "CANAILLE": {"DATABASE": "memory", "JAVASCRIPT": False, "ACL": {"DEFAULT": {"PERMISSIONS": ["use_oidc"]}}},
        "CANAILLE_OIDC": {
            "ACTIVE_JWKS": [key.as_dict(private=True)],
            "TRUSTED_DOMAINS": ["localhost", "127.0.0.1"],
        },
        "CANAILLE_SCIM": {"ENABLE_CLIENT": True},
    },
)


def register():
    """The client that we are: where its users are kept, and the token that lets Canaille do it."""
    client = models.Client(
        client_id="sparekey",
        client_secret=settings["secret"],
        client_name="Sparekey",
        client_uri=settings["scim"],
        redirect_uris=[settings["redirect_uri"]],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        scope=["openid", "profile", "email"],
        token_endpoint_auth_method="client_secret_basic",
        id_token_signed_response_alg="RS256",
        client_id_issued_at=datetime.datetime.now(datetime.timezone.utc),
    )
    Backend.instance.save(client)
    client.audience = [client]
    Backend.instance.save(client)
    token = models.Token(
        token_id=secrets.token_hex(),
        access_token=settings["token"],
        subject=None,
        audience=[client],
        client=client,
        scope=["openid", "profile"],
        issue_date=datetime.datetime.now(datetime.timezone.utc),
        lifetime=86400,
    )
    Backend.instance.save(token)


def of(name):
    return Backend.instance.get(models.User, user_name=name)


def only_our_token():
    """Of a client's tokens Canaille takes the first that comes, be it one of somebody who has logged in."""
    for token in Backend.instance.query(models.Token):
        if token.access_token != settings["token"]:
            Backend.instance.delete(token)


def do(order):
    only_our_token()
    name = order["user"]
    match order["do"]:
        case "make":
            user = models.User(user_name=name, **order["with"])
        case "change":
            user = of(name)
            Backend.instance.update(user, **order["with"])
        case "lock":
            user = of(name)
            user.lock_date = datetime.datetime.now(datetime.timezone.utc)
        case "unlock":
            user = of(name)
            user.lock_date = None
        case "delete":
            Backend.instance.delete(of(name))
            return {}
    Backend.instance.save(user)
    return {"id": user.id}


def say(what):
    print(json.dumps(what), flush=True)


with app.app_context():
    register()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say({"issuer": issuer})
    for line in sys.stdin:
        say(do(json.loads(line)))
