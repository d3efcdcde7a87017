"""Writes test/tasks/chat: a tiny random model with a tokenizer for chats, and cases.json: what apply_chat_template makes of messages with
templates as they are published (small ones, written for this), and what the model answers.

    pip install torch==2.13.0 transformers==5.24.0
    python scripts/make-chat-cases.py
"""

import json
import shutil
from pathlib import Path

import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

HOME = Path(__file__).parent.parent / "test" / "tasks" / "chat"
SPECIAL = [
    "<s>", "</s>", "<unk>", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "[INST]", "[/INST]", "<bos>", "<eos>", "<start_of_turn>",
    "<end_of_turn>", "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<tool_call>", "</tool_call>",
]
TEXT = "You are a helpful assistant. What is the weather in Paris today? It is sunny, and the cat sat on the mat. user system model " * 3

CHATML = """{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
You are a helpful assistant.<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}
"""
LLAMA3 = """{{- bos_token }}
{%- if not date_string is defined %}
    {%- set date_string = strftime_now("%d %b %Y") %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""
MISTRAL = """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}
    {%- endif %}
    {%- if message["role"] == "user" %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- endif %}
{%- endfor %}
"""
GEMMA = """{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}
{% for message in messages %}
    {% if (message['role'] == 'assistant') %}
        {% set role = 'model' %}
    {% else %}
        {% set role = message['role'] %}
    {% endif %}
{{ '<start_of_turn>' + role + '
' + message['content'] | trim + '<end_of_turn>
' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model
'}}{% endif %}"""
TOOLS = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{%- endif %}
    {{- "# Tools\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}{{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- endif %}
{%- set ns = namespace(last=messages|length - 1) %}
{%- for message in messages %}
    {%- if message.content is string %}{%- set content = message.content %}{%- else %}{%- set content = '' %}{%- endif %}
    {%- if message.role == "user" or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role + '\\n' }}
        {%- if message.reasoning_content %}{{- '<think>' + message.reasoning_content.strip('\\n') + '</think>' }}{%- endif %}
        {% generation %}{{- content }}{% endgeneration %}
        {%- for tool_call in message.tool_calls or [] %}
            {%- if tool_call.function %}{%- set tool_call = tool_call.function %}{%- endif %}
            {{- '\\n<tool_call>\\n{"name": "' }}{{- tool_call.name }}{{- '", "arguments": ' }}{{- tool_call.arguments | tojson }}{{- '}\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {{- '<|im_start|>user\\n<tool_response>\\n' + content + '\\n</tool_response><|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- for document in documents or [] %}{{- document.title ~ ': ' ~ document.text ~ '\\n' }}{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}
{%- endif %}"""

HELLO = {"role": "user", "content": "What is the weather in Paris? "}
ANSWER = {"role": "assistant", "content": "It is sunny, "}
SYSTEM = {"role": "system", "content": "You are a cat. é<s>"}
TOOL = {"type": "function", "function": {"name": "weather", "description": "The weather – “now”", "parameters": {
    "type": "object", "properties": {"city": {"type": "string", "enum": ["Paris", "Wien\n"]}, "days": {"type": "integer", "default": 1.5}},
    "required": ["city"], "strict": True, "nothing": None}}}
CALL = {"role": "assistant", "content": None, "tool_calls": [{"type": "function", "function": {"name": "weather", "arguments": {"city": "Paris", "days": 2}}}]}
RESULT = {"role": "tool", "content": "22 °C"}

CASES = [
    ("chatml", CHATML, {}, [[HELLO], [SYSTEM, HELLO], [HELLO, ANSWER, {"role": "user", "content": "And now?"}]], [{}, {"add_generation_prompt": False}]),
    ("chatml", CHATML, {}, [[HELLO, ANSWER]], [{"continue_final_message": True}]),
    ("llama3", LLAMA3, {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}, [[HELLO], [SYSTEM, HELLO, ANSWER, HELLO]], [{"date_string": "26 Jul 2024"}]),
    ("llama3", LLAMA3, {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}, [[HELLO, ANSWER]], [{"date_string": "26 Jul 2024", "continue_final_message": True}]),
    ("mistral", MISTRAL, {"bos_token": "<s>", "eos_token": "</s>"}, [[HELLO], [SYSTEM, HELLO, ANSWER, HELLO], [HELLO, HELLO]], [{}]),
    ("gemma", GEMMA, {"bos_token": "<bos>", "eos_token": "<eos>"}, [[HELLO], [HELLO, ANSWER, HELLO], [SYSTEM, HELLO]], [{}]),
    ("tools", TOOLS, {}, [[HELLO], [SYSTEM, HELLO, CALL, RESULT]], [{}, {"tools": [TOOL]}, {"documents": [{"title": "Paris", "text": "a city"}]}, {"enable_thinking": False}]),
    ("tools", TOOLS, {}, [[HELLO, {"role": "assistant", "reasoning": "\nIt may rain.\n", "content": "Yes"}]], [{"continue_final_message": True}, {}]),
    ("no bos", "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}", {"bos_token": None, "eos_token": {"__type": "AddedToken", "content": "</s>"}}, [[HELLO]], [{}]),
]


def make_tokenizer():
    tokenizer = Tokenizer(models.BPE(unk_token=None))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=360, special_tokens=[AddedToken(one, special=True, normalized=False) for one in SPECIAL],
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator([TEXT], trainer)
    # A first token of its own, which a chat must not get twice.
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 0)])
    return tokenizer


def main():
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    PreTrainedTokenizerFast(tokenizer_object=make_tokenizer()).save_pretrained(HOME)
    torch.manual_seed(11)
    config = LlamaConfig(vocab_size=360, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
                         max_position_embeddings=1024, bos_token_id=0, eos_token_id=1, initializer_range=0.4)
    LlamaForCausalLM(config).save_pretrained(HOME)
    (HOME / "generation_config.json").unlink()
    base = json.loads((HOME / "tokenizer_config.json").read_text())
    model = LlamaForCausalLM.from_pretrained(HOME).eval()
    cases = []
    for name, template, tokens, chats, options in CASES:
        (HOME / "tokenizer_config.json").write_text(json.dumps(base | tokens | {"chat_template": template}))
        tokenizer = AutoTokenizer.from_pretrained(HOME)
        for messages in chats:
            for given in options:
                adds = {"add_generation_prompt": not given.get("continue_final_message", False)} | given
                case = {"name": name, "template": template, "tokens": tokens, "messages": messages, "options": given}
                try:
                    text = tokenizer.apply_chat_template(messages, tokenize=False, **adds)
                    ids = tokenizer.apply_chat_template(messages, return_dict=False, **adds)
                    out = model.generate(torch.tensor([ids]), max_new_tokens=8, do_sample=False, eos_token_id=[1, 7])
                    cases.append(case | {"text": text, "ids": ids, "written": out[0, len(ids):].tolist()})
                except Exception as error:
                    cases.append(case | {"refused": str(error)})
    (HOME / "tokenizer_config.json").write_text(json.dumps(base, indent=2) + "\n")
    (HOME / "chat_template.jinja").write_text(CHATML)
    by = {"transformers": transformers.__version__, "torch": torch.__version__.split("+")[0], "seed": 11}
    (HOME / "cases.json").write_text(json.dumps(by | {"cases": cases}, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
