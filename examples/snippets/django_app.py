"""Sign-in through «Школьный вход» for a Django project with Authlib.

    pip install django authlib requests
    CLIENT_SECRET=... DJANGO_SETTINGS_MODULE=django_app django-admin runserver 5000

Settings, addresses and views stand in one file here; in a project of yours they go into the usual three.
"""

import os
import secrets

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.django_client import OAuth
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.html import format_html
from django.views.decorators.http import require_GET
from joserfc.errors import JoseError

ISSUER = "<<issuer>>"
REDIRECT_URI = "<<redirect_uri>>"

# settings.py
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY") or secrets.token_hex(32)
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = __name__
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
# Signed cookies need no database; with one, leave this line out.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_NAME = "my_django_app"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = REDIRECT_URI.startswith("https://")
AUTHLIB_OAUTH_CLIENTS = {
    "broker": {
        "client_id": "<<client_id>>",
        "client_secret": os.environ["CLIENT_SECRET"],
        "server_metadata_url": ISSUER + "/.well-known/openid-configuration",
        "client_kwargs": {"scope": "<<scope>>", "code_challenge_method": "S256"},
    }
}

# views.py
oauth = OAuth()
oauth.register("broker")


@require_GET
def home(request):
    name = request.session.get("name")
    if name:
        return HttpResponse(format_html("<!doctype html><title>Моё приложение</title><h1>Здравствуйте, {}!</h1>", name))
    return HttpResponse('<!doctype html><title>Моё приложение</title><p><a href="/sign-in">Войти</a></p>')


@require_GET
def sign_in(request):
    return oauth.broker.authorize_redirect(request, REDIRECT_URI)


@require_GET
def callback(request):
    # The issuer of the answer (RFC 9207) is ours to check; state, nonce and the ID token are Authlib's.
    if request.GET.get("iss") != ISSUER:
        return HttpResponse("Ответ пришёл не от того сервера.", status=400)
    try:
        token = oauth.broker.authorize_access_token(request)
    except (OAuthError, JoseError):
        return HttpResponse('Войти не получилось. <a href="/sign-in">Попробовать ещё раз</a>', status=400)
    person = oauth.broker.userinfo(token=token)
    if person["sub"] != token["userinfo"]["sub"]:
        return HttpResponse("Ответы говорят о разных людях.", status=502)
    # A session of its own after the sign-in, so that nobody can have prepared it.
    request.session.flush()
    request.session["sub"] = person["sub"]
    request.session["name"] = person.get("given_name") or person.get("name") or person["sub"]
    return HttpResponseRedirect("/")


# urls.py
urlpatterns = [path("", home), path("sign-in", sign_in), path("callback", callback)]

# wsgi.py
application = get_wsgi_application() if os.environ.get("DJANGO_SETTINGS_MODULE") == __name__ else None
