"""Sign-in through «Школьный вход» for a Flask application with Authlib.

    pip install flask authlib requests
    CLIENT_SECRET=... flask --app flask_app run --port 5000

The scheme, host and port of the redirect address are where this application is reached.
"""

import os
import secrets

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, render_template_string, request, session
from joserfc.errors import JoseError

ISSUER = "<<issuer>>"
REDIRECT_URI = "<<redirect_uri>>"
PAGE = """<!doctype html><html lang="ru"><title>Моё приложение</title>
{% if name %}<h1>Здравствуйте, {{ name }}!</h1><form method="post" action="/sign-out"><button>Выйти</button></form>
{% else %}<p><a href="/sign-in">Войти</a></p>{% endif %}"""

app = Flask(__name__)
app.config.update(
    # Another one at every start: whoever was signed in signs in again. Keep yours in the environment.
    SECRET_KEY=os.environ.get("FLASK_SECRET_KEY") or secrets.token_hex(32),
    # A name of its own: cookies know hosts but not ports.
    SESSION_COOKIE_NAME="my_app",
    SESSION_COOKIE_SAMESITE="Lax",
    SESSION_COOKIE_SECURE=REDIRECT_URI.startswith("https://"),
)
broker = OAuth(app).register(
    "broker",
    client_id="<<client_id>>",
    client_secret=os.environ["CLIENT_SECRET"],
    # Every other address comes from discovery, and keys are fetched again when there is a new one.
    server_metadata_url=ISSUER + "/.well-known/openid-configuration",
    client_kwargs={"scope": "<<scope>>", "code_challenge_method": "S256"},
)


@app.get("/")
def home():
    return render_template_string(PAGE, name=session.get("name"))


@app.get("/sign-in")
def sign_in():
    # Authlib makes state, nonce and the PKCE verifier.
    return broker.authorize_redirect(REDIRECT_URI)


@app.get("/callback")
def callback():
    # Authlib checks state and the ID token. The issuer of the answer (RFC 9207) is ours to check.
    if request.args.get("iss") != ISSUER:
        return "Ответ пришёл не от того сервера.", 400
    try:
        token = broker.authorize_access_token()
    except (OAuthError, JoseError):
        return 'Войти не получилось. <a href="/sign-in">Попробовать ещё раз</a>', 400
    person = broker.userinfo(token=token)
    if person["sub"] != token["userinfo"]["sub"]:
        return "Ответы говорят о разных людях.", 502
    session.clear()
    session["sub"], session["name"] = person["sub"], person.get("given_name") or person.get("name") or person["sub"]
    session["id_token"] = token["id_token"]
    return redirect("/", 303)


@app.post("/sign-out")
def sign_out():
    hint = session.get("id_token")
    session.clear()
    # Out here is not out there: on a shared computer both are needed.
    return broker.logout_redirect(id_token_hint=hint) if hint else redirect("/", 303)
