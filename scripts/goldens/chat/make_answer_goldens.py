#!/usr/bin/env python3
"""Makes tests/golden/chat/answers.json: answers with calls of tools and thoughts, as published
templates write them.

  make_answer_goldens.py TEMPLATES

TEMPLATES: the folder models/templates of llama.cpp (in the source distribution of
llama-cpp-python), which has the templates of published models. Needs transformers 5 and jinja2.

A golden is the text that a template adds for an answer behind its prompt: what the model would
have written. `marks` are the marks that the template's source has; `calls`, `content` and
`reasoning` are what went in.
"""
import json
import pathlib
import re
import sys

from transformers.utils.chat_template_utils import _compile_jinja_template

OUT = pathlib.Path(__file__).parents[3] / "tests/golden/chat/answers.json"
NAMES = ["Qwen-Qwen2.5-7B-Instruct", "Qwen-Qwen3-0.6B", "Qwen3-Coder", "Qwen3.5-4B",
         "NousResearch-Hermes-3-Llama-3.1-8B-tool_use", "meta-llama-Llama-3.1-8B-Instruct",
         "meta-llama-Llama-3.2-3B-Instruct", "meta-llama-Llama-3.3-70B-Instruct",
         "mistralai-Mistral-Nemo-Instruct-2407", "Mistral-Small-3.2-24B-Instruct-2506",
         "mistralai-Ministral-3-14B-Reasoning-2512", "openai-gpt-oss-120b",
         "deepseek-ai-DeepSeek-V3.1", "deepseek-ai-DeepSeek-R1-Distill-Llama-8B",
         "ibm-granite-granite-3.3-2B-Instruct", "ibm-granite-granite-4.0", "google-gemma-4-31B-it"]
MARK = re.compile(r"<\|tool_call>call:|<\|channel>thought|</?[^<>\s\"']{1,40}>|\[/?[A-Z_]{3,20}\]"
                  r"|\"parameters\": ")
TOOLS = [{"type": "function", "function": {
    "name": "weather", "description": "The weather of a place",
    "parameters": {"type": "object",
                   "properties": {"city": {"type": "string", "description": "A city"},
                                  "days": {"type": "integer", "description": "How many"}},
                   "required": ["city"]}}}]
USER = {"role": "user", "content": "Weather in Köln?"}
ONE = {"city": "Köln", "days": 2}


def call(arguments, number):
    return {"id": f"call{number:05}", "type": "function",
            "function": {"name": "weather", "arguments": arguments}}


def answer(**more):
    return {"role": "assistant", "content": "", **more}


ANSWERS = {
    "a call": answer(tool_calls=[call(ONE, 1)]),
    "two calls": answer(tool_calls=[call(ONE, 1), call({"city": "A \"b\"\n\\c"}, 2)]),
    "a call after text": answer(content="Let me look.", tool_calls=[call(ONE, 1)]),
    "text": answer(content="It rains."),
    "a thought and text": answer(content="It rains.", reasoning_content="Look outside.",
                                 thinking="Look outside.", reasoning="Look outside."),
}
ENDS = ("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "</s>", "<|end_of_text|>",
        "<｜end▁of▁sentence｜>", "<|return|>", "<turn|>", "<|call|>", "<|end|>", "<|tool_response>")


def without_end(text):
    text = text.strip("\n")
    for end in ENDS:
        text = text.removesuffix(end)
    return text


def golden(name, source, case, message):
    template = _compile_jinja_template(source)
    more = {"tools": TOOLS, "bos_token": "<s>", "eos_token": "</s>"}
    prompt = template.render(messages=[USER], add_generation_prompt=True, **more)
    whole = template.render(messages=[USER, message], add_generation_prompt=False, **more)
    if not whole.startswith(prompt):  # some prompts begin a thought that the answer does not have
        pairs = enumerate(zip(prompt, whole, strict=False))
        common = next(i for i, pair in pairs if pair[0] != pair[1])
        prompt = prompt[:max(prompt.rfind(end, 0, common) for end in ">\n") + 1]
    calls = [{"name": one["function"]["name"], "arguments": one["function"]["arguments"]}
             for one in message.get("tool_calls", [])]
    text = without_end(whole[len(prompt):])
    if not all(one["arguments"]["city"][:2] in text for one in calls):
        return None
    thought = message.get("reasoning_content", "")
    content = message["content"]
    if f"analysis<|message|>{content}" in text:  # gpt-oss: text before a call is a thought
        thought, content = content, ""
    return {"name": f"{name}: {case}", "marks": sorted(set(MARK.findall(source))),
            "thinks": prompt.rstrip().endswith(("<think>", "[THINK]")), "text": text,
            "content": content if content in text else "", "calls": calls,
            "reasoning": thought if thought and thought in text else ""}


goldens = []
for name in NAMES:
    path = pathlib.Path(sys.argv[1]) / f"{name}.jinja"
    for case, message in ANSWERS.items():
        try:
            made = golden(name, path.read_text(), case, message)
        except Exception as error:
            print(f"{name}: {case}: {error}", file=sys.stderr)
            continue
        if made is None:
            print(f"{name}: {case}: the template does not show the calls", file=sys.stderr)
            continue
        goldens.append(made)
OUT.write_text("[\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in goldens) + "\n]\n")
print(len(goldens), "answers")
