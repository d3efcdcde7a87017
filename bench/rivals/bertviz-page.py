"""Pages of one text's attention, BertViz's and heed's: their bytes, and the time BertViz's takes to make.

    pip install bertviz transformers safetensors
    python bertviz-page.py [words …]        (numbers of words; 10 and 120 if not given; `npm run build` first)

Both show every head of all-MiniLM-L6-v2, from the folder in models/: BertViz the attention that transformers computes with it (head_view), heed
the page of `heed show TEXT --out page.html`, with its one folder of weights. The time is of `head_view` alone, with the attention already there.
stdout says one JSON line a text: tokens, versions, milliseconds, bytes of both pages as written in UTF-8.
"""
