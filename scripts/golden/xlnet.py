import torch
import transformers.models.xlnet.modeling_xlnet as modeling
from transformers import XLNetConfig

from golden_trace import Case, record_answer_beams, text_inputs


def config(**changes):
    return XLNetConfig(**{"vocab_size": 30, "d_model": 12, "n_layer": 2, "n_head": 2, "d_inner": 20, **changes})


def split(tensor):
    """(T, B, H, D) → (B, H, T, D)"""
    return tensor.permute(1, 2, 0, 3)


def watch(attention, prefix, recorder):
    """q, k, v and mixed as the module has them; the parts of the scores by the formula, and their softmax beside its weights."""
    plain = attention.rel_attn_core

    def watched(q, k, v, r, seg_mat=None, attn_mask=None, output_attentions=False):
        # With target_mapping the second call is the targets' stream: of that, what comes out of it is recorded.
        if recorder.call(attention) > 0:
            return plain(q, k, v, r, seg_mat=seg_mat, attn_mask=attn_mask, output_attentions=output_attentions)
        mixed, weights = plain(q, k, v, r, seg_mat=seg_mat, attn_mask=attn_mask, output_attentions=True)
        length = q.shape[0]
        scale = attention.scale
        content = split(q + attention.r_w_bias) @ split(k).transpose(2, 3) * scale
        by_distance = split(q + attention.r_r_bias) @ split(r).transpose(2, 3) * scale
        places = torch.arange(length)
        # Column c of r stands for distance T − c.
        column = (length - (places[:, None] - places[None])).clamp(max=r.shape[0] - 1)
        position = by_distance.gather(3, column.expand(*by_distance.shape[:2], -1, -1))
        scores = content + position
        recorder.put(prefix + "scores.content", content)
        # In uni there is nothing for keys that come later.
        if r.shape[0] == 2 * length:
            recorder.put(prefix + "scores.position", position)
        if seg_mat is not None:
            toward = torch.einsum("ibnd,snd->bnis", q + attention.r_s_bias, attention.seg_embed) * scale
            segment = torch.einsum("ijbs,bnis->bnij", seg_mat, toward)
            scores = scores + segment
            recorder.put(prefix + "scores.bias", segment)
        if attn_mask is not None:
            hidden = (attn_mask > 0).permute(2, 3, 0, 1)
            scores = scores.masked_fill(hidden.expand_as(scores), float("-inf"))
        assert torch.allclose(scores.softmax(3), by_head(weights), atol=1e-5)
        for name, tensor in (("q", q), ("k", k), ("v", v), ("mixed", mixed)):
            recorder.put(prefix + name, split(tensor), tensor, split)
        recorder.put(prefix + "scores", scores)
        recorder.put(prefix + "weights", by_head(weights), weights, by_head)
        recorder.put(prefix + "attended", torch.einsum("ibnd,hnd->bih", mixed, attention.o))
        return (mixed, weights) if output_attentions else mixed

    attention.rel_attn_core = watched


def by_head(weights):
    return weights.permute(2, 3, 0, 1)


def turn(tensor):
    return tensor.transpose(0, 1)


def record_targets(model, recorder):
    record(model, recorder, targets=True)


def record(model, recorder, targets=False):
    body = getattr(model, "transformer", model)
    recorder.output(body.word_embedding, "embeddings", turn)
    for number, layer in enumerate(body.layer):
        prefix = f"layers.{number}."
        watch(layer.rel_attn, prefix, recorder)
        if not targets:
            recorder.output(layer.rel_attn.layer_norm, prefix + "middle", turn)
            recorder.output(layer.ff.layer_2, prefix + "mlp", turn)
            recorder.output(layer.ff, prefix + "residual", turn)
    # It drops nothing out in eval mode, and what leaves it last is the result.
    dropped = []
    body.dropout.register_forward_hook(lambda _module, _inputs, output: dropped.append(turn(output)))
    body.register_forward_hook(lambda *_: recorder.put("final", dropped[-1]))
    if hasattr(model, "sequence_summary"):
        recorder.output(model.sequence_summary, "pooled")
    if isinstance(model, modeling.XLNetForQuestionAnswering):
        record_answer_beams(model, model, recorder)
    for name in ("lm_loss", "logits_proj", "classifier", "qa_outputs"):
        if hasattr(model, name):
            recorder.output(getattr(model, name), "logits")


def initialise(name, parameter, normal):
    """Near what trained ones are: a map's columns are C long, and every head's biases matter."""
    if parameter.dim() == 3 and "seg_embed" not in name and "mask_emb" not in name:
        normal(parameter, 1.3 * parameter.shape[0] ** -0.5)
        return True
    if "_bias" in name or "seg_embed" in name:
        normal(parameter, 0.7)
        return True
    return False


def inputs(length=10, kinds=None, **changes):
    return text_inputs(30, length, kinds, padding=5, pad_side="left", first=6, **changes)


def order(length, seed):
    """Each row's own order of prediction: a token sees those before it in the order."""
    generator = torch.Generator().manual_seed(seed)
    ranks = torch.stack([torch.randperm(length, generator=generator) for _ in range(2)])
    return (ranks[:, :, None] <= ranks[:, None, :]).float()


def types(length):
    """Two segments, a last token and padding of kinds of their own."""
    kinds = (torch.arange(length) > length // 2).long().expand(2, -1).clone()
    kinds[:, -1] = 2
    kinds[1, :3] = 3
    return kinds


def case(model, seed, made, **changes):
    return Case(model, config(**changes), record, made, seed=seed, initialise=initialise)


def old_spelling(config, tensors):
    """Defaults left out, and what the files of 2019 have besides."""
    for name in ("pad_token_id", "tie_word_embeddings", "d_head", "clamp_len", "bi_data", "same_length", "attn_type"):
        config.pop(name, None)
    config.update(n_token=config.pop("vocab_size"), untie_r=True, mem_len=None)
    return config, {**tensors, "lm_loss.weight": tensors["transformer.word_embedding.weight"].clone()}


def row(made, number):
    """One text alone: transformers cannot add a mask to uni's for two."""
    return {name: value[number:number + 1] for name, value in made.items()}


CASES = {
    "xlnet-uni": case(
        modeling.XLNetLMHeadModel, 1, {**row({**inputs(), "permMask": order(10, 6)}, 1)},
        attn_type="uni", ff_activation="relu", n_head=3,
    ),
    "xlnet-uni-both-ways": case(
        modeling.XLNetModel, 2, {"ids": inputs(9)["ids"], "types": types(9)},
        attn_type="uni", layer_norm_eps=1e-3, clamp_len=4, bi_data=True,
    ),
    "xlnet-clamp": case(
        modeling.XLNetForSequenceClassification, 3, {**inputs(9), "types": types(9)},
        clamp_len=3, num_labels=3, summary_type="mean", summary_activation="relu",
    ),
    "xlnet-order": case(
        modeling.XLNetLMHeadModel, 4, {**inputs(9), "permMask": order(9, 2)}, tie_word_embeddings=False,
    ),
    "xlnet-targets": Case(
        modeling.XLNetLMHeadModel, config(), record_targets,
        {**inputs(9), "types": types(9), "permMask": order(9, 5), "targetMapping": torch.eye(9)[torch.tensor([[4, 8, 6], [3, 8, 7]])]},
        seed=9, initialise=initialise,
    ),
    "xlnet-old-config": Case(
        modeling.XLNetLMHeadModel, config(), record, {"ids": inputs(8)["ids"], "permMask": order(8, 3)},
        seed=5, initialise=initialise, publish=old_spelling,
    ),
    "xlnet-both-ways": case(
        modeling.XLNetForTokenClassification, 6, {**inputs(9), "types": types(9)}, bi_data=True, num_labels=4,
    ),
    "xlnet-same-length": case(
        modeling.XLNetForQuestionAnsweringSimple, 7, {"ids": inputs(8)["ids"]}, attn_type="uni", same_length=True,
    ),
    "xlnet-classify": case(
        modeling.XLNetForSequenceClassification, 8, inputs(8, 2), summary_use_proj=False, summary_activation="",
        summary_type="first",
    ),
    "xlnet-beams": case(
        modeling.XLNetForQuestionAnswering, 10, {**inputs(9), "types": types(9)}, end_n_top=3, layer_norm_eps=1e-3,
    ),
}
