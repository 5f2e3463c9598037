"""A hub on this machine that behaves as told: it redirects, breaks off, and lies."""
import hashlib
import http.server
import json
import threading
import urllib.parse

COMMIT = "c" * 40


def git_hash(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answer):
        self.answer = answer
        self.seen = []  # (path, headers)
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        self.close_connection = True
        self.server.answer(self)

    def reply(self, status, headers=None, body=b"", length=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


class Hub:
    """The API and the files of models; the bytes of large files are at a second server.

    Behaviour per file name: break_after (list of numbers of bytes, one for each request), no_range,
    says_size, sends (other bytes), errors (list of statuses), range_from (a lie), to (another
    address)."""

    def __init__(self):
        self.models = {}   # name: {file: bytes}
        self.token = None  # that the API and the files want
        self.odd = {}      # file: behaviour
        self.api = None    # another answer of the API
        self.hub = Server(self.answer)
        self.store = Server(self.answer_store)
        self.url = self.hub.url

    def answer(self, request):
        parts = urllib.parse.urlsplit(request.path)
        words = urllib.parse.unquote(parts.path).strip("/").split("/")
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return request.reply(401, {}, b"Invalid username or password.")
        if words[0] == "api":
            name = "/".join(words[2:4])
            if name not in self.models:
                return request.reply(404, {}, b'{"error":"Repository not found"}')
            body = self.api if self.api is not None else json.dumps(self.listing(name)).encode()
            return request.reply(200, {"Content-Type": "application/json"}, body)
        name, file = "/".join(words[:2]), "/".join(words[4:])
        if words[2] != "resolve" or file not in self.models.get(name, {}):
            return request.reply(404)
        odd = self.odd.get(file, {})
        if "to" in odd:
            return request.reply(302, {"Location": odd["to"]})
        data = self.models[name][file]
        if not self.is_large(file):
            return self.give(request, file, data)
        location = f"{self.store.url}/{name}/{urllib.parse.quote(file)}?signed=1"
        return request.reply(302, {"Location": location,
                                   "X-Linked-Size": len(data),
                                   "X-Linked-Etag": f'"{hashlib.sha256(data).hexdigest()}"'})

    def answer_store(self, request):
        path = urllib.parse.unquote(urllib.parse.urlsplit(request.path).path).strip("/")
        name, file = "/".join(path.split("/")[:2]), "/".join(path.split("/")[2:])
        if file not in self.models.get(name, {}):
            return request.reply(404)
        return self.give(request, file, self.models[name][file])

    def is_large(self, file):
        return file.endswith((".gguf", ".safetensors", ".bin"))

    def listing(self, name):
        files = []
        for file, data in self.models[name].items():
            entry = {"rfilename": file, "size": len(data), "blobId": git_hash(data)}
            if self.is_large(file):
                entry["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data),
                                "pointerSize": 134}
            entry |= self.odd.get(file, {}).get("entry", {})
            files.append(entry)
        return {"id": name, "sha": COMMIT, "siblings": files, "private": False}

    def give(self, request, file, data):
        odd = self.odd.get(file, {})
        if odd.get("errors"):
            return request.reply(odd["errors"].pop(0), {}, b"not now")
        data = odd.get("sends", data)
        headers = {"ETag": f'"{hashlib.md5(data).hexdigest()}"'} | odd.get("headers", {})
        asked = request.headers.get("Range")
        begin = 0
        if asked and not odd.get("no_range"):
            begin = int(asked.removeprefix("bytes=").removesuffix("-"))
            since = request.headers.get("If-Range")
            if since is not None and since != headers["ETag"]:
                begin = 0
        if begin >= len(data) > 0:
            return request.reply(416, {"Content-Range": f"bytes */{len(data)}"})
        status = 200
        if begin:
            status = 206
            first = odd.get("range_from", begin)
            headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
        body = data[begin:]
        length = odd.get("says_size", len(body))
        if odd.get("break_after"):
            body = body[:odd["break_after"].pop(0)]
        return request.reply(status, headers, body, length)
