"""What an agent might say to take over the page that shows it."""

from __future__ import annotations

# Each would call `pwned` or fetch something, were it ever taken for more than text.
HOSTILE = (
    "<script>window.pwned = 1</script>",
    '<img src=x onerror="window.pwned = 2">',
    "</script><script>window.pwned = 3</script>",
    "<!--<script>window.pwned = 4</script>-->",
    "<svg/onload=window.pwned=5><svg><script>window.pwned=5</script></svg>",
    "\"><iframe srcdoc='<script>parent.pwned = 6</script>'></iframe>",
    "'-window.pwned=7-' onmouseover=window.pwned=7 autofocus onfocus=window.pwned=7 tabindex=1",
    '<a href="javascript:window.pwned=8">click</a> [click](javascript:window.pwned=8)',
    "<style>@import url(//127.0.0.1:9/leak.css); *{background:url(//127.0.0.1:9/leak)}</style>",
    "<link rel=stylesheet href=//127.0.0.1:9/leak.css><meta http-equiv=refresh content='0;url=//127.0.0.1:9/'>",
    "<base href=//127.0.0.1:9/><form action=//127.0.0.1:9/><input name=q value=x></form>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.pwned=9&gt;">',
    "{{constructor.constructor('window.pwned=10')()}} ${window.pwned=10} <%= pwned %> #{pwned}",
    "<template><script>window.pwned=11</script></template><slot onslotchange=window.pwned=11>",
    "<details open ontoggle=window.pwned=12><video><source onerror=window.pwned=12></video>",
    "]]></script><![CDATA[<script>window.pwned=13</script>]]>",
    "\u202etxt.exe\u202c reversed \u2066isolated\u2069 \u200bzero\ufeffwidth \u200e",
    "\x1b[2J\x1b]0;owned\x07\x1b[31mred\x1b[0m\x00\x08\x7f\x9b31m",
    "line\u2028separator\u2029paragraph\r\ncarriage\rreturn",
    "\U000e0041\U000e0042 tags that nobody sees",
    "__proto__ constructor toString hasOwnProperty",
    "\U0001f600 \u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u05e2\u05d1\u05e8\u05d9\u05ea Z\u0351\u0341\u0346a\u0335",
    "&lt;script&gt;window.pwned=14&lt;/script&gt; &#60;script&#62;",
    "x" * 3000,
)
