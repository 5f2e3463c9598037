#!/usr/bin/env python3
"""Writes tests/golden/chat/named_templates.gguf: several chat templates as gguf's own writer puts
them into a file.

    python3 scripts/goldens/chat/make_chat_gguf_goldens.py        (gguf 0.19.0)
"""
import gguf
import numpy

out = gguf.GGUFWriter("tests/golden/chat/named_templates.gguf", "llama")
out.add_chat_template([{"name": "default",
                        "template": "D"}, {"name": "tool_use", "template": "{{ tools }}"},
                       {"name": "rag", "template": "R"}])
out.add_tensor("t", numpy.zeros(1, numpy.float32))
out.write_header_to_file()
out.write_kv_data_to_file()
out.write_tensors_to_file()
out.close()
