import type { ImagePixels } from "../../src/views/image-heat.ts";

const width = 160;
const height = 120;

/** A drawn landscape: sky, sun, hill and house. */
export function landscape(): ImagePixels {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rgb.set(colorAt(x, y), (y * width + x) * 3);
  return { width, height, rgb };
}

function colorAt(x: number, y: number): readonly [number, number, number] {
  const hill = 80 - 14 * Math.sin((x / width) * Math.PI * 1.3);
  const isRoof = y >= 52 && y < 68 && Math.abs(x - 104) < (y - 52) * 1.5 + 1;
  const isDoor = x >= 100 && x < 108 && y >= 78 && y < 92;
  if (isRoof) return [178, 64, 48];
  if (isDoor) return [84, 52, 36];
  if (x >= 86 && x < 122 && y >= 68 && y < 92) return [232, 214, 180];
  if (y > hill) return [70, 130 - (y - 60) * 0.4, 60];
  if (Math.hypot(x - 36, y - 28) < 13) return [255, 214, 70];
  return [130 + y * 0.8, 180 + y * 0.4, 235];
}

export const rows = 9;
export const columns = 12;

/** Made-up weights: each head looks at a place of its own, more sharply in later layers. */
export function weightsOf(layer: number, head: number): number[] {
  const centers = [
    [2, 2.5],
    [6, 7.5],
    [7.5, 3],
    [4, 6],
  ];
  const [y, x] = centers[(head + layer) % centers.length]!;
  const reach = 3.2 - layer * 0.6;
  const powers = Array.from({ length: rows * columns }, (_, patch) => {
    const distance = Math.hypot(Math.floor(patch / columns) - y!, (patch % columns) - x!);
    return Math.exp(-((distance / reach) ** 2)) + 0.02;
  });
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => (0.9 * power) / sum);
}
