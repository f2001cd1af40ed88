"""A model for pictures: speaks the Chat Completions API on the loopback interface
and answers each request with the next turn of a script.

A turn is a text, or a tool call as (name, arguments). Nothing but the Python
standard library.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Model(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, script):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = list(script)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"object": "list", "data": [{"id": "scripted", "object": "model"}]})
        self.reply("application/json", body)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        turn = self.server.script.pop(0) if self.server.script else "The script is over."
        reason = "stop"
        delta = {"role": "assistant", "content": turn}
        if isinstance(turn, tuple):
            name, arguments = turn
            function = {"name": name, "arguments": json.dumps(arguments)}
            call = {"index": 0, "id": "call_1", "type": "function", "function": function}
            delta, reason = {"role": "assistant", "tool_calls": [call]}, "tool_calls"
        chunks = [{"delta": delta, "finish_reason": None}, {"delta": {}, "finish_reason": reason}]
        events = (
            {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "scripted",
             "choices": [{"index": 0, **chunk}]}
            for chunk in chunks
        )
        body = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
        self.reply("text/event-stream", body)

    def reply(self, kind, body):
        data = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass
