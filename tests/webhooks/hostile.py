"""URLs that nobody may have us call, in every disguise that is known; each with what is refused about it."""

from unittest.mock import patch

ADDRESS, NAME, NOTATION, PORT, SCHEME = (
    "public address",
    "public domain",
    "usual notation",
    "port 443",
    "https",
)
USERINFO, HOST, CHARACTERS = "user name", "the host as", "spaces, control"

HOSTILE = {
    # Plain
    "https://127.0.0.1/": ADDRESS,
    "https://127.255.255.254/": ADDRESS,
    "https://10.0.0.1/": ADDRESS,
    "https://172.31.255.255/": ADDRESS,
    "https://192.168.1.1/": ADDRESS,
    "https://100.64.0.1/": ADDRESS,
    "https://169.254.169.254/latest/meta-data/": ADDRESS,
    "https://100.100.100.200/": ADDRESS,
    "https://168.63.129.16/": ADDRESS,
    "https://192.0.0.192/": ADDRESS,
    "https://192.88.99.1/": ADDRESS,
    "https://0.0.0.0/": ADDRESS,
    "https://224.0.0.1/": ADDRESS,
    "https://255.255.255.255/": ADDRESS,
    "https://[::1]/": ADDRESS,
    "https://[::]/": ADDRESS,
    "https://[0:0:0:0:0:0:0:1]/": ADDRESS,
    "https://[fe80::1]/": ADDRESS,
    "https://[fd00:ec2::254]/": ADDRESS,
    "https://[fec0::1]/": ADDRESS,
    "https://[3fff::1]/": ADDRESS,
    "https://[ff02::1]/": ADDRESS,
    # An IPv4 address inside an IPv6 one: mapped, compatible, NAT64, 6to4, Teredo
    "https://[::ffff:127.0.0.1]/": ADDRESS,
    "https://[::ffff:7f00:1]/": ADDRESS,
    "https://[::FFFF:A9FE:A9FE]/": ADDRESS,
    "https://[::127.0.0.1]/": ADDRESS,
    "https://[64:ff9b::127.0.0.1]/": ADDRESS,
    "https://[64:ff9b::a9fe:a9fe]/": ADDRESS,
    "https://[64:ff9b:1::8.8.8.8]/": ADDRESS,
    "https://[2002:7f00:1::]/": ADDRESS,
    "https://[2001:0:7f00:1::80ff:fffe]/": ADDRESS,
    # One number, octal, hexadecimal, short, with a dot, too many parts
    "https://2130706433/": NOTATION,
    "https://017700000001/": NOTATION,
    "https://0x7f000001/": NOTATION,
    "https://0x7f.1/": NOTATION,
    "https://127.0.0.0x1/": NOTATION,
    "https://0177.0.0.1/": NOTATION,
    "https://127.1/": NOTATION,
    "https://0/": NOTATION,
    "https://127.0.0.1./": NOTATION,
    "https://127.0.0.1.1/": NOTATION,
    "https://0x/": NOTATION,
    "https://[::ffff:127.1]/": "not a URL",
    # Names of inner networks
    "https://localhost/": NAME,
    "https://LOCALHOST./": NAME,
    "https://hooks.localhost/": NAME,
    "https://metadata.google.internal/": NAME,
    "https://printer.local/": NAME,
    "https://router.home.arpa/": NAME,
    "https://postgres/": NAME,
    # Tricks with the part before the host, with other alphabets, with what parsers disagree about
    "https://ok@127.0.0.1/": USERINFO,
    "https://hooks.example:secret@127.0.0.1/": USERINFO,
    "https://127.0.0.1:443@hooks.example/": USERINFO,
    "https://@127.0.0.1/": USERINFO,
    "https://hooks.example\\@127.0.0.1/": CHARACTERS,
    "https://127.0.0.1\\.hooks.example/": CHARACTERS,
    "https://hooks.example#@127.0.0.1/": "what follows",
    "https://hooks.example/#": "what follows",
    "https://①②⑦.⓪.⓪.①/": "xn--",
    "https://１２７.0.0.1/": "xn--",
    "https://127。0。0。1/": "xn--",
    "https://lоcalhost/": "xn--",  # a Cyrillic o
    "https://exam℀ple.example/": "not a URL",
    "https://127.0.0.1%00.hooks.example/": HOST,
    "https://%31%32%37.0.0.1/": HOST,
    "https://[fe80::1%25eth0]/": HOST,
    "https://hooks.example[::1]/": HOST,
    "https://[::1/": "not a URL",
    "https://127.0.0.1 /": CHARACTERS,
    " https://127.0.0.1/": CHARACTERS,
    "https://127.0.\t0.1/": CHARACTERS,
    "https://hooks.example/\r\nHost: 127.0.0.1": CHARACTERS,
    "https://hooks.example/\x00": CHARACTERS,
    "https://hooks.example\u2028/": CHARACTERS,
    "https:///127.0.0.1/": HOST,
    "https:127.0.0.1": HOST,
    "https://hooks..example/": "letters, digits",
    "https://-hooks.example/": "letters, digits",
    f"https://{'a' * 64}.example/": "letters, digits",
    f"https://{'a.' * 127}example/": "letters, digits",
    # Other doors
    "https://hooks.example:22/": PORT,
    "https://hooks.example:6379/": PORT,
    "https://hooks.example:80/": PORT,
    "https://hooks.example:0/": HOST,
    "https://hooks.example:65979/": HOST,  # 65536 + 443
    "https://hooks.example:-443/": HOST,
    "https://hooks.example:+443/": HOST,
    "http://hooks.example/": SCHEME,
    "ftp://hooks.example/": SCHEME,
    "file:///etc/passwd": SCHEME,
    "gopher://127.0.0.1:6379/_INFO": SCHEME,
    "data:text/plain,x": SCHEME,
    "//hooks.example/": SCHEME,
    "hooks.example": SCHEME,
    "": SCHEME,
    "https://hooks.example/" + "a" * 1979: "2000 characters",
}


def name_service(*answers):
    """A name service with these answers in turn, the last one for ever: addresses, `(address, port)` or an error."""
    left = list(answers)

    def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):  # noqa: A002  the names of the real one
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, OSError):
            raise answer
        return [as_info(address, port) for address in answer]

    return patch("socket.getaddrinfo", getaddrinfo)


def as_info(address, port):
    host, port = address if isinstance(address, tuple) else (address, port)
    if ":" in host:
        return (10, 1, 6, "", (host, port, 0, 0))
    return (2, 1, 6, "", (host, port))
