"""Writes test/images: small image files of every kind heed reads, and what transformers makes of them.

    pip install numpy==2.4.6 pillow==13.0.0 safetensors transformers==5.24.0
    python scripts/make-image-golden.py

Colours are what transformers' load_image returns; pixels what its Pil processors make of those. PNG files of every
colour type and depth are written byte by byte here, since Pillow writes few of them.
"""

import io
import json
import struct
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import save_file
from transformers.image_utils import load_image
from transformers.models.beit.image_processing_pil_beit import BeitImageProcessorPil
from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.deit.image_processing_pil_deit import DeiTImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

HOME = Path(__file__).parent.parent / "test" / "images"
GENERATOR = np.random.default_rng(7)
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def drawn(height, width, channels, top=255):
    """Gradients with grain, from 0 to top: [height, width, channels]."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / (2 + c) + c) + np.cos(y / (3 + c)) + 0.4 * GENERATOR.standard_normal((height, width)) for c in range(channels)]
    image = np.stack(waves, -1)
    image = (image - image.min()) / (image.max() - image.min())
    return np.round(image * top).astype(np.int64)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def packed(row, depth):
    """One row of samples as bytes, the first in the highest bits."""
    if depth == 16:
        return row.astype(">u2").tobytes()
    bits = ((row[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8)
    return np.packbits(bits.reshape(-1)).tobytes()


def filtered(rows, step):
    """Rows with each of the five filters in turn."""
    above = bytes(len(rows[0]))
    out = b""
    for number, row in enumerate(rows):
        kind = number % 5
        guess = []
        for i in range(len(row)):
            left, up = (row[i - step] if i >= step else 0), above[i]
            corner = above[i - step] if i >= step else 0
            pick = left + up - corner
            paeth = min((abs(pick - left), 0, left), (abs(pick - up), 1, up), (abs(pick - corner), 2, corner))[2]
            guess.append([0, left, up, (left + up) // 2, paeth][kind])
        out += bytes([kind]) + bytes((value - g) % 256 for value, g in zip(row, guess))
        above = row
    return out


def png(samples, color, depth, interlaced=False, extra=b"", palette=None):
    height, width, channels = samples.shape
    step = max(channels * depth // 8, 1)
    data = b""
    for x, y, step_x, step_y in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        part = samples[y::step_y, x::step_x]
        if part.size:
            data += filtered([packed(row.reshape(-1), depth) for row in part], step)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    stream = zlib.compress(data, 9)
    half = len(stream) // 2
    parts = [chunk(b"IHDR", header), extra]
    if palette is not None:
        parts.append(chunk(b"PLTE", palette.astype(np.uint8).tobytes()))
    parts += [chunk(b"IDAT", stream[:half]), chunk(b"IDAT", stream[half:]), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def files():
    """name → bytes."""
    for color, depths in {0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]}.items():
        for depth in depths:
            for interlaced in (False, True):
                top = 2**depth - 1
                palette = GENERATOR.integers(0, 256, (top + 1, 3)) if color == 3 else None
                samples = drawn(11, 13, CHANNELS[color], 600 if (color, depth) == (0, 16) else top)
                name = f"type-{color}-depth-{depth}{'-interlaced' if interlaced else ''}.png"
                yield name, png(samples, color, depth, interlaced, palette=palette)
    upright = drawn(10, 15, 3)
    yield "exif-8.png", png(upright, 2, 8, extra=chunk(b"eXIf", exif(8)[6:] if exif(8)[:4] == b"Exif" else exif(8)))
    xmp = b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta tiff:Orientation=\"3\"/>"
    yield "xmp-3.png", png(upright, 2, 8, extra=chunk(b"iTXt", xmp))
    # Chunks that must change nothing.
    ignored = chunk(b"gAMA", struct.pack(">I", 20000)) + chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3))
    yield "ignored-chunks.png", png(upright, 2, 8, extra=ignored)
    photo = Image.fromarray(drawn(24, 40, 3).astype(np.uint8))
    for orientation in range(1, 9):
        yield f"exif-{orientation}.jpg", encoded(photo, "JPEG", quality=85, exif=exif(orientation))
    yield "gray.jpg", encoded(photo.convert("L"), "JPEG", quality=80)
    yield "chroma-full.jpg", encoded(photo, "JPEG", quality=90, subsampling=0)
    yield "odd-chroma-half.jpg", encoded(photo.crop((0, 0, 37, 23)), "JPEG", quality=75, subsampling=2, progressive=True)
    clear = Image.fromarray(drawn(24, 40, 4).astype(np.uint8), "RGBA")
    yield "lossy.webp", encoded(photo, "WEBP", quality=80)
    yield "lossy-alpha.webp", encoded(clear, "WEBP", quality=80, exact=True)
    yield "lossless-alpha.webp", encoded(clear, "WEBP", lossless=True, exact=True)
    yield "exif-6.webp", encoded(photo, "WEBP", lossless=True, exif=exif(6))


def encoded(image, kind, **settings):
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


# What a preprocessor_config.json may say, tried on one image each.
PROCESSORS = {
    "lanczos": {"resample": 1, "size": {"height": 9, "width": 31}},
    "bicubic": {"resample": 3, "size": {"height": 40, "width": 7}},
    "box": {"resample": 4, "size": [8, 12]},
    "hamming": {"resample": 5, "size": 12},
    "statistics": {"size": 8, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]},
    "shortest": {"size": {"shortest_edge": 11}},
    "no-resize": {"do_resize": False},
    "no-rescale": {"do_rescale": False, "size": 6},
    "no-normalise": {"do_normalize": False, "size": 6, "rescale_factor": 0.01},
    "deit": {"image_processor_type": "DeiTImageProcessor", "size": 13, "crop_size": 8},
    "beit": {"image_processor_type": "BeitImageProcessor", "size": 9},
    "bit": {"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 11}, "crop_size": {"height": 8, "width": 10}},
    "clip": {"image_processor_type": "CLIPImageProcessor", "size": 7, "crop_size": 7},
    "clip-smaller": {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 6}, "crop_size": {"height": 9, "width": 16}},
    "siglip": {"image_processor_type": "SiglipImageProcessor", "size": {"height": 6, "width": 9}},
    "nearest": {"resample": 0, "size": {"height": 17, "width": 7}},
    "both-edges": {"size": {"shortest_edge": 9, "longest_edge": 10}},
    "fits-in": {"size": {"max_height": 8, "max_width": 7}},
    "not-square": {"size": 7, "default_to_square": False, "resample": 1},
    "square": {"image_processor_type": "CLIPImageProcessor", "size": 7, "default_to_square": True, "do_center_crop": False},
    "filled-up": {"size": 6, "do_pad": True, "pad_size": {"height": 9, "width": 7}},
    "beit-middle": {"image_processor_type": "BeitImageProcessor", "size": 9, "do_center_crop": True, "crop_size": 5, "do_pad": True},
}
CLASSES = {
    "ViT": ViTImageProcessorPil, "DeiT": DeiTImageProcessorPil, "Beit": BeitImageProcessorPil, "Bit": BitImageProcessorPil, "CLIP": CLIPImageProcessorPil,
    "Siglip": SiglipImageProcessorPil,
}


def processor_of(settings):
    """The class a file names, ViT's where it names none."""
    name = settings.get("image_processor_type", "ViTImageProcessor").removesuffix("ImageProcessor")
    return CLASSES[name](**{key: value for key, value in settings.items() if key != "image_processor_type"})



def write(entries, name, file, processor, settings=None):
    colors = np.asarray(load_image(str(HOME / file)))
    pixels = processor(Image.fromarray(colors), return_tensors="np").pixel_values[0]
    golden = f"{name}.safetensors"
    tensors = {"pixel_values": np.ascontiguousarray(pixels)}
    if not file.endswith(".png") and settings is None:
        tensors["rgb"] = np.ascontiguousarray(colors)
    save_file(tensors, HOME / golden)
    entry = {"file": file, "golden": golden}
    entries.append({**entry, "processor": settings} if settings else entry)


TORCHVISION = {
    "nearest": {"resample": 0, "size": {"height": 17, "width": 7}},
    "lanczos": {"resample": 1, "size": {"height": 5, "width": 9}},
    "bilinear": {"size": {"height": 4, "width": 21}},
    "deit": {"image_processor_type": "DeiTImageProcessorFast", "size": 13, "crop_size": 8, "use_fast": False},
    "clip-larger": {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 6}, "crop_size": {"height": 9, "width": 17}},
    "no-rescale": {"size": 6, "do_rescale": False},
    "no-normalise": {"size": 7, "do_normalize": False},
}


def over_torchvision():
    """Adds what the same classes make of an image where torchvision is installed (0.28.0), which transformers then prefers."""
    from transformers import AutoImageProcessor

    entries = [entry for entry in json.loads((HOME / "index.json").read_text()) if "backend" not in entry]
    for name, settings in TORCHVISION.items():
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "preprocessor_config.json").write_text(json.dumps({"image_processor_type": "ViTImageProcessor", **settings}))
            processor = AutoImageProcessor.from_pretrained(folder)
        assert processor.backend == "torchvision"
        write(entries, f"torchvision-{name}", "type-6-depth-8.png", processor, settings)
        entries[-1]["backend"] = "torchvision"
    index(entries)


def index(entries):
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    (HOME / "index.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(entries)} goldens, {sum(file.stat().st_size for file in HOME.iterdir()) / 1000:.0f} kB")


def main():
    if sys.argv[1:] == ["torchvision"]:
        return over_torchvision()
    for old in [*HOME.glob("*.png"), *HOME.glob("*.jpg"), *HOME.glob("*.webp"), *HOME.glob("*.safetensors")]:
        old.unlink()
    HOME.mkdir(exist_ok=True)
    entries = []
    for number, (file, data) in enumerate(files()):
        (HOME / file).write_bytes(data)
        size = {"height": 5 + number % 7, "width": 6 + number % 4}
        write(entries, file.replace(".", "-"), file, ViTImageProcessorPil(size=size))
    for name, settings in PROCESSORS.items():
        write(entries, f"processor-{name}", "type-6-depth-8.png", processor_of(settings), settings)
    index(entries)


main()
