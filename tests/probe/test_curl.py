"""Curl commands as people paste them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

import scenario
from scenario.probe.curl import target_of_curl

BROWSER = r"""curl 'https://agent.example/api/chat' \
  -H 'accept: text/event-stream' \
  -H 'content-type: application/json' \
  -b 'sid=1; theme=dark' \
  --data-raw $'{"message":"It\'s\\nfine \u0021"}' \
  --compressed"""


def test_what_a_browser_copies() -> None:
    """Lines that go on, a cookie, and the shell's own quoting."""
    target = target_of_curl(BROWSER)
    assert target.url == "https://agent.example/api/chat"
    assert target.headers == {
        "accept": "text/event-stream",
        "content-type": "application/json",
        "Cookie": "sid=1; theme=dark",
    }
    assert target.data == '{"message":"It\'s\\nfine !"}'


@pytest.mark.parametrize(
    ("command", "method", "data"),
    [
        ("curl http://h/x", "", None),
        ("curl -N http://h/x -d '{}'", "", "{}"),
        ("curl -sNXPUT http://h/x --data='{}'", "PUT", "{}"),
        ("curl -X POST --url http://h/x --json '{}'", "POST", "{}"),
        ("curl -o out.txt -m 5 --max-time 3 http://h/x", "", None),
        ("/usr/bin/curl -i -s -k -L http://h/x -G", "GET", None),
    ],
)
def test_options(command: str, method: str, data: str | None) -> None:
    """Those with values take them, those without do not; letters may stand together."""
    target = target_of_curl(command)
    assert (target.url, target.method, target.data) == ("http://h/x", method, data)


@pytest.mark.parametrize(
    ("command", "verify", "cert"),
    [
        ("curl -k https://h", False, None),
        ("curl -sk --cacert ca.pem https://h", False, None),
        ("curl --insecure https://h", False, None),
        ("curl --cacert ca.pem https://h", "ca.pem", None),
        ("curl --capath certificates https://h", "certificates", None),
        ("curl --cert both.pem https://h", True, "both.pem"),
        ("curl -E c.pem --key k.pem https://h", True, ("c.pem", "k.pem")),
    ],
)
def test_certificates(command: str, verify: object, cert: object) -> None:
    """Those that are trusted and those that are shown are the command's."""
    target = target_of_curl(command)
    assert (target.verify, target.cert) == (verify, cert)


def test_who_asks() -> None:
    """A user and a bearer's token become the header that curl sends."""
    assert target_of_curl("curl -u me:pw http://h").headers == {"Authorization": "Basic bWU6cHc="}
    assert target_of_curl("curl --oauth2-bearer t http://h").headers == {"Authorization": "Bearer t"}


REFUSED = {
    "": "begins with `curl`",
    "wget http://h": "begins with `curl`",
    "curl": "no URL",
    "curl 'http://h": "quote is missing",
    'curl "http://h': "quote is missing",
    "curl -F f=@letter.pdf http://h": r"form=\{.f.: Path\(.letter.pdf.\)",
    "curl -F a=b -d c=d http://h": "one body",
    "curl -F a http://h": "NAME=VALUE",
    "curl --connect-to a:1:b:2 http://h": "--connect-to .*no effect",
    "curl -x http://proxy http://h": "-x .*no effect",
    "curl --tlsv1.3 https://h": "--tlsv1.3 .*no effect",
    "curl --zork http://h": "--zork .*no effect",
    "curl -n http://h": "-n .*NAME:PASSWORD",
    "curl -b jar.txt http://h": "cookies from a file",
    "curl --key k.pem https://h": "without --cert",
    "curl --cert c.p12 --cert-type P12 https://h": "--cert-type .*PEM",
    "curl http://h http://i": "two URLs",
    "curl -d @body.json http://h": "from a file",
    "curl -d @- http://h <<EOF": "from a file",
    "curl --unix-socket /tmp/s http://h": "over TCP",
    "curl http://h -d '{}' --next http://h": "one request",
    "curl -u me http://h": "NAME:PASSWORD",
    "curl -I http://h": "no body",
    'curl http://h -H "A: Bearer $NOT_SET"': r"\$NOT_SET, which is not set",
    "curl http://h \u2013d '{}'": "typographic",
    "curl \u2018http://h\u2019": "typographic",
    'curl ^"http://h^" ^\n  -H ^"accept: a^"': "Copy as cURL",
    'Invoke-WebRequest -Uri "http://h" -Method "POST"': "Copy as cURL",
}


@pytest.mark.parametrize("command", REFUSED)
def test_what_cannot_be_probed_is_refused(command: str) -> None:
    """With a sentence that says what to do."""
    with pytest.raises(scenario.ConfigurationError, match=REFUSED[command]):
        target_of_curl(command)


@pytest.mark.parametrize(
    ("command", "data"),
    [
        ("$ curl http://h/x -d '{}'", "{}"),
        ("# ask it something\ncurl http://h/x -d '{}'", "{}"),
        ("sudo curl http://h/x -d '{}'", "{}"),
        ("curl -N http://h/x -d '{}' | jq .", "{}"),
        ("curl -N http://h/x -d '{}' > out.txt 2>&1", "{}"),
        ("curl -N http://h/x -d '{}'; echo", "{}"),
        ("curl -N http://h/x -d '{}' && echo -d no", "{}"),
        ("curl --retry-delay 2 --max-time 3 --proto =https http://h/x -d '{}'", "{}"),
        ("curl http://h/x \\  \n  -d '{}'", "{}"),
        ("curl http://h/x `\n  -d '{}'", "{}"),
        ("curl http://h/x\u00a0-d '{}'", "{}"),
        ("curl http://h/x -H 'Accept:' -H 'X-Nothing;' -d '{}'", "{}"),
        ('curl http://h/x -d \'{"a": "$HOME; \u201cso\u201d | ^"}\'', '{"a": "$HOME; \u201cso\u201d | ^"}'),
        ('curl http://h/x -d "{\\"a\\": \\"\\$5\\"}"', '{"a": "$5"}'),
        (r"curl http://h/x --data-raw $'{\"a\":\"caf\xc3\xa9 \xe9 \u00e9\"}'", '{"a":"caf\u00e9 \xe9 \u00e9"}'),
        ("curl http://h/x --data-raw '@me'", "@me"),
    ],
)
def test_commands_as_documents_print_them(command: str, data: str) -> None:
    """What stands around a command, and behind it, is not sent; what stands in quotes is sent as it is."""
    target = target_of_curl(command)
    assert (target.url, target.data, target.headers) == ("http://h/x", data, {})


def test_variables_are_those_of_the_environment() -> None:
    """In double quotes and without any, as in a shell; not in single ones."""
    command = """curl http://h/$WHERE -H "Authorization: Bearer ${KEY}" -d '{"a": "$KEY"}'"""
    target = target_of_curl(command, environment={"WHERE": "x", "KEY": "sk-1"})
    assert (target.url, target.headers) == ("http://h/x", {"Authorization": "Bearer sk-1"})
    assert target.data == '{"a": "$KEY"}'


@pytest.mark.parametrize(
    "command",
    [
        "curl -G http://h/x -d q=hi -d 'n=1'",
        "curl -G http://h/x --data-urlencode 'q=hi' --data-urlencode n=1",
        "curl -X GET 'http://h/x?q=hi&n=1'",
        "curl -X GET http://h/x --url-query q=hi --url-query n=1",
    ],
)
def test_a_query_is_the_body_of_a_get(command: str) -> None:
    """Its fields can then hold placeholders, as a body's can."""
    target = target_of_curl(command)
    assert (target.url, target.method, target.data) == ("http://h/x", "GET", '{"q": "hi", "n": "1"}')


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    """Nothing else happens."""
    try:
        target_of_curl(f"curl {text}")
    except scenario.ConfigurationError:
        return
