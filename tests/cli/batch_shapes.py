"""A request for every endpoint and for every error that gen-batch knows, each with what its result
must be.

SHAPES: (expected, line). expected is "200" or "STATUS CODE PARAM" (status 0: the line is no
request; PARAM "-": none). Used by gen_batch_test.py and by scripts/verify/batch_types.py. They are
for the tiny model of the tests: 320 ids, a context of 256 tokens, and the template below."""
import json
import pathlib
import shutil
import subprocess
import tempfile

TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('no tools here') }}"  # noqa: E501
    "{% endif %}{{ m.role + ': ' + m.content + '\n' }}{% endfor %}")

URLS = {
    "chat": "/v1/chat/completions", "completions": "/v1/completions", "embeddings": "/v1/embeddings"
}


def line(url, body, **more):
    return {"method": "POST", "url": URLS.get(url, url), "body": body, **more}


def chat(**more):
    return line(
        "chat",
        {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 4, **more})


def message(**fields):
    return chat(messages=[fields])


def complete(**more):
    return line("completions", {"model": "m", "prompt": "Hi", "max_tokens": 4, **more})


def embed(**more):
    return line("embeddings", {"model": "m", "input": "Hi", **more})


SHAPES = [
    ("200", chat()),
    ("200", chat(n=2, logprobs=True, top_logprobs=2, temperature=0)),
    ("200", complete()),
    ("200", complete(echo=True, logprobs=2, n=2)),
    ("200", complete(prompt=["a", [5, 6]], logprobs=1)),
    ("200", embed(input=["x", "y"], dimensions=8)),
    ("200", embed(input=[5, 6], encoding_format="base64")),
    ("200", {"prompt": "Hi", "max_tokens": 2}),
    ("200",
     {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
      "max_tokens": 2}),
    # Lines that are not requests.
    ("0 invalid_json_line -", "garbage"),
    ("0 invalid_json_line -", '{"prompt": "cut'),
    ("0 invalid_json_line -", "[1]"),
    ("0 invalid_json_line -", "[" * 1000),
    ("0 invalid_json_line -", b'{"prompt": "\xff"}'),
    ("0 line_too_long -", '{"prompt": "' + "x" * (64 << 20) + '"}'),
    ("0 missing_required_parameter url", {"custom_id": "nothing"}),
    ("0 missing_required_parameter custom_id", line("chat", {}, custom_id=None)),
    ("0 missing_required_parameter method", {"url": URLS["chat"], "body": {}}),
    ("0 missing_required_parameter url", {"method": "POST", "body": {}}),
    ("0 missing_required_parameter body", {"method": "POST", "url": URLS["chat"]}),
    ("0 invalid_type custom_id", line("chat", {}, custom_id=7)),
    ("0 invalid_type method", line("chat", {}, method=7)),
    ("0 invalid_type url", line(7, {})),
    ("0 invalid_type body", line("chat", [])),
    ("0 invalid_type id", {"id": 7, "prompt": "x"}),
    ("0 invalid_value custom_id", line("chat", {}, custom_id="")),
    ("0 invalid_value custom_id", line("chat", {}, custom_id="x" * 513)),
    ("0 invalid_method method", line("chat", {}, method="GET")),
    ("0 invalid_url url", line("/v1/moderations", {})),
    ("0 unknown_parameter extra", line("chat", {}, extra=1)),
    ("0 duplicate_custom_id custom_id", {"custom_id": "shape-1", "prompt": "x"}),
    # Messages.
    ("400 missing_required_parameter messages", line("chat", {})),
    ("400 invalid_type messages", chat(messages="x")),
    ("400 invalid_value messages", chat(messages=[])),
    ("400 invalid_type messages[0]", chat(messages=[3])),
    ("400 missing_required_parameter messages[0].role", message(content="x")),
    ("400 invalid_type messages[0].role", message(role=3, content="x")),
    ("400 invalid_value messages[0].role", message(role="king", content="x")),
    ("400 missing_required_parameter messages[0].content", message(role="user")),
    ("400 invalid_type messages[0].content", message(role="user", content=3)),
    ("400 invalid_type messages[0].content[0]", message(role="user", content=[3])),
    ("400 missing_required_parameter messages[0].content[0].type",
     message(role="user", content=[{}])),
    ("400 unsupported_parameter messages[0].content[0].type",
     message(role="user", content=[{"type": "image_url"}])),
    ("400 missing_required_parameter messages[0].content[0].text",
     message(role="user", content=[{"type": "text"}])),
    ("400 invalid_type messages[0].content[0].text",
     message(role="user", content=[{"type": "text", "text": 3}])),
    ("400 invalid_type messages[0].tool_calls", message(role="assistant", content="x",
                                                        tool_calls=3)),
    ("400 invalid_type messages[0].tool_calls[0]", message(role="assistant", tool_calls=[3])),
    ("400 missing_required_parameter messages[0].tool_calls[0].function",
     message(role="assistant", tool_calls=[{}])),
    ("400 unsupported_parameter messages[0].content[0].lang",
     message(role="user", content=[{"type": "text", "text": "x", "lang": "de"}])),
    ("400 invalid_value messages[0].tool_calls[0].function.arguments",
     message(role="assistant", content="x",
             tool_calls=[{"function": {"name": "f", "arguments": '{"a": "\\ud800"}'}}])),
    ("400 unsupported_parameter messages[0].audio",
     message(role="assistant", content="x", audio={"id": "a"})),
    ("400 unsupported_parameter messages[0].function_call",
     message(role="assistant", function_call={"name": "f"})),
    ("400 unsupported_parameter messages[0].refusal",
     message(role="assistant", content="x", refusal="y")),
    ("200", message(role="assistant", content=None, tool_calls=None, refusal="y")),
    ("0 invalid_json_line -", '{"prompt": "x", "prompt": "y"}'),
    ("400 invalid_prompt messages", message(role="tool", content="x")),
    ("400 context_length_exceeded messages", message(role="user", content="long " * 300)),
    # The other fields of a chat.
    ("400 invalid_type model", chat(model=3)),
    ("400 invalid_type temperature", chat(temperature="hot")),
    ("400 invalid_value temperature", chat(temperature=9)),
    ("400 invalid_value top_p", chat(top_p=1.1)),
    ("400 invalid_value min_p", chat(min_p=-1)),
    ("400 invalid_value top_k", chat(top_k=-2)),
    ("400 invalid_type seed", chat(seed=1.5)),
    ("400 invalid_value frequency_penalty", chat(frequency_penalty=3)),
    ("400 invalid_value presence_penalty", chat(presence_penalty=-3)),
    ("400 invalid_type logit_bias", chat(logit_bias=3)),
    ("400 invalid_value logit_bias", chat(logit_bias={"of several tokens": 1})),
    ("400 invalid_value typical_p", chat(typical_p=0)),
    ("400 invalid_value top_n_sigma", chat(top_n_sigma=-1)),
    ("400 invalid_value xtc_probability", chat(xtc_probability=2)),
    ("400 invalid_type dynatemp_range", chat(dynatemp_range="x")),
    ("400 unsupported_parameter mirostat", chat(mirostat=1)),
    ("400 invalid_value mirostat_tau", chat(mirostat_tau=3)),
    ("400 invalid_value top_k", chat(mirostat=2, top_k=3)),
    ("400 invalid_value samplers", chat(mirostat=2, samplers=["top_k"])),
    ("400 invalid_value samplers", chat(samplers=["top-k"])),
    ("400 invalid_value samplers", chat(samplers=["top_k", "dry"])),
    ("400 invalid_type samplers", chat(samplers="top_k")),
    ("400 invalid_value top_p", chat(top_p=0.5, samplers=["top_k", "temperature"])),
    ("400 invalid_value repeat_penalty", chat(repeat_penalty=0)),
    ("400 invalid_value repeat_last_n", chat(repeat_last_n=-2)),
    ("400 invalid_type dry_sequence_breakers", chat(dry_sequence_breakers="x")),
    ("400 invalid_type banned_strings[0]", chat(banned_strings=[3])),
    ("400 invalid_value logit_bias.3", chat(logit_bias={"3": 101})),
    ("400 invalid_type stop", chat(stop=3)),
    ("400 invalid_type stop[1]", chat(stop=["a", 1])),
    ("400 invalid_value stop", chat(stop=["a"] * 17)),
    ("400 invalid_type n", chat(n=1.5)),
    ("400 invalid_value n", chat(n=0)),
    ("400 invalid_type ignore_eos", chat(ignore_eos=1)),
    ("400 invalid_value stream", chat(stream=True)),
    ("400 invalid_value max_tokens", chat(max_tokens=0)),
    ("400 invalid_value max_completion_tokens", chat(max_completion_tokens=-1)),
    ("400 invalid_type logprobs", chat(logprobs=2)),
    ("400 invalid_value top_logprobs", chat(top_logprobs=2)),
    ("400 invalid_value top_logprobs", chat(logprobs=True, top_logprobs=21)),
    ("400 invalid_type tools", chat(tools=3)),
    ("400 invalid_type tools[0]", chat(tools=[3])),
    ("400 missing_required_parameter tools[0].function", chat(tools=[{}])),
    ("400 invalid_value tool_choice", chat(tool_choice="required")),
    ("400 unsupported_parameter tool_choice", chat(tool_choice={"type": "function"})),
    ("400 unsupported_parameter tools",
     chat(tools=[{"type": "function", "function": {"name": "f"}}])),
    ("200", chat(tools=[{"type": "function", "function": {"name": "f"}}], tool_choice="none")),
    ("200", chat(tools=[])),
    ("400 invalid_type chat_template_kwargs", chat(chat_template_kwargs=3)),
    ("400 unsupported_parameter chat_template_kwargs.x", chat(chat_template_kwargs={"x": 1})),
    ("200", chat(chat_template_kwargs={"bos_token": ""})),
    ("400 unsupported_parameter reasoning_effort", chat(reasoning_effort="low")),
    ("400 invalid_type reasoning_effort", chat(reasoning_effort=1)),
    ("400 unsupported_parameter modalities", chat(modalities=["text", "audio"])),
    ("400 unsupported_parameter verbosity", chat(verbosity="low")),
    ("200", chat(modalities=["text"], verbosity="medium", reasoning_effort=None)),
    ("400 invalid_type response_format", chat(response_format=3)),
    ("400 unsupported_parameter response_format.type", chat(response_format={"type": "xml"})),
    ("400 missing_required_parameter response_format.type", chat(response_format={})),
    ("400 missing_required_parameter response_format.json_schema",
     chat(response_format={"type": "json_schema"})),
    ("400 missing_required_parameter response_format.json_schema.schema",
     chat(response_format={"type": "json_schema", "json_schema": {"name": "a"}})),
    ("400 unknown_parameter response_format.json_schema.schemas",
     chat(response_format={"type": "json_schema", "json_schema": {"schemas": {}}})),
    ("400 invalid_value response_format.json_schema.schema",
     chat(response_format={"type": "json_schema",
                           "json_schema": {"schema": {"uniqueItems": True}}})),
    ("400 invalid_value grammar", chat(grammar="root ::= nothing")),
    ("400 invalid_value regex", chat(regex="(")),
    ("400 invalid_type json_schema", chat(json_schema=3)),
    ("400 unsupported_parameter regex", chat(regex="a", json_schema={})),
    ("400 unsupported_parameter json_schema", chat(json_schema={}, ignore_eos=True)),
    ("400 unsupported_parameter json_schema", chat(json_schema={}, banned_strings=["a"])),
    ("200", chat(response_format={"type": "json_object"})),
    ("200", chat(regex="[a-c]{3}")),
    *((f"400 unsupported_parameter {name}", chat(**{name: {}}))
      for name in ("functions", "function_call", "audio", "prediction", "web_search_options")),
    ("400 unknown_parameter frobnicate", chat(frobnicate=1)),
    # Completions.
    ("400 missing_required_parameter prompt", line("completions", {})),
    ("400 invalid_type prompt", complete(prompt={"a": 1})),
    ("400 invalid_type prompt", complete(prompt=[1, "a"])),
    ("400 invalid_type prompt[0]", complete(prompt=[{}])),
    ("400 invalid_type prompt[0]", complete(prompt=[[-1]])),
    ("400 invalid_value prompt", complete(prompt=[])),
    ("400 invalid_value prompt", complete(prompt=[[]])),
    ("400 invalid_value prompt", complete(prompt=[7, 5000])),
    ("400 context_length_exceeded prompt", complete(prompt=[5] * 257)),
    ("400 invalid_value logprobs", complete(logprobs=21)),
    ("400 invalid_type echo", complete(echo="x")),
    ("400 unsupported_parameter best_of", complete(best_of=3)),
    ("400 unsupported_parameter suffix", complete(suffix="x")),
    ("400 unknown_parameter messages", complete(messages=[])),
    # Embeddings.
    ("400 missing_required_parameter input", line("embeddings", {})),
    ("400 invalid_type input", embed(input=3)),
    ("400 invalid_value input", embed(input=[[7, 5000]])),
    ("400 context_length_exceeded input", embed(input=[5] * 257)),
    ("400 invalid_value dimensions", embed(dimensions=0)),
    ("400 invalid_value dimensions", embed(dimensions=1000)),
    ("400 invalid_value encoding_format", embed(encoding_format="hex")),
    ("400 unknown_parameter temperature", embed(temperature=1)),
]


def pack_tiny(pack, root, out):
    """The tiny model with a chat template in the manner of ChatML."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name) / "tiny"
        shutil.copytree(root / "tests/golden/tiny-llama", folder)
        config = json.loads((folder / "tokenizer_config.json").read_text())
        config["chat_template"] = TEMPLATE
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
        subprocess.run([pack, folder, "-o", out, "--type", "q8"], check=True, capture_output=True)


def requests():
    """The lines as bytes, each with a custom_id where it has no reason to have none."""
    out = []
    for i, (_, request) in enumerate(SHAPES):
        if isinstance(request, dict) and "id" not in request:
            request = {"custom_id": f"shape-{i}", **request}
        data = request if isinstance(request, (str, bytes)) else json.dumps(request)
        out.append(data if isinstance(data, bytes) else data.encode())
    return b"\n".join(out) + b"\n"


def shape_of(result):
    """What a line of results says, in the words of SHAPES."""
    response = result["response"]
    if response is not None and response["status_code"] == 200:
        return "200"
    error = result["error"] if response is None else response["body"]["error"]
    return f"{response['status_code'] if response else 0} {error['code']} {error['param'] or '-'}"
