// One X-ray in full size: level and window, the map as an overlay, zoom and pan.
import { overlay } from "../pictures/overlay.js";
import { byId } from "./elements.js";
import type { Explained } from "./scorer.js";

const slider = (id: string) => byId<HTMLInputElement>(id);
let shown: Explained | undefined;
const place = { x: 0, y: 0 };

/** Shows an image; undefined clears the viewer. */
export function show(explained: Explained | undefined): void {
  shown = explained;
  slider("zoom").value = "1";
  place.x = place.y = 0;
  draw();
  move();
}

/** Maps grey levels from level - window / 2 to level + window / 2 linearly to black to white. */
function windowed(grey: Uint8Array): Uint8Array {
  const level = slider("level").valueAsNumber;
  const width = slider("window").valueAsNumber;
  const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => ((value - level) / width + 0.5) * 255);
  return Uint8Array.from(grey, (value) => table[value]);
}

function draw(): void {
  const [xray, map] = ["xray", "map"].map((id) => byId<HTMLCanvasElement>(id));
  if (!shown) {
    xray.width = map.width = 0;
    return;
  }
  const { grey, width, height, map: values, side } = shown;
  const data = windowed(grey);
  paint(xray, width, height, (i) => data[i]);
  const rgb = overlay({ data, width, height }, { values, side });
  paint(map, width, height, (i, c) => rgb[3 * i + c]);
}

function paint(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  value: (pixel: number, channel: number) => number,
): void {
  Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = value(i, c);
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}

function move(): void {
  const zoom = slider("zoom").valueAsNumber;
  const { clientWidth, clientHeight } = byId("stage");
  // The picture always covers the stage.
  const most = { x: ((zoom - 1) * clientWidth) / 2, y: ((zoom - 1) * clientHeight) / 2 };
  for (const axis of ["x", "y"] as const) place[axis] = Math.max(-most[axis], Math.min(most[axis], place[axis]));
  byId("picture").style.transform = `translate(${place.x}px, ${place.y}px) scale(${zoom})`;
  byId("map").style.opacity = slider("opacity").value;
}

function zoomBy(factor: number): void {
  const zoom = slider("zoom");
  zoom.value = String(zoom.valueAsNumber * factor);
  move();
}

/** Call once. */
export function watchViewer(): void {
  for (const id of ["level", "window"]) slider(id).addEventListener("input", draw);
  for (const id of ["zoom", "opacity"]) slider(id).addEventListener("input", move);
  const stage = byId("stage");
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomBy(event.deltaY < 0 ? 1.15 : 1 / 1.15);
  });
  stage.addEventListener("pointerdown", (event) => stage.setPointerCapture(event.pointerId));
  stage.addEventListener("pointermove", (event) => {
    if (!stage.hasPointerCapture(event.pointerId)) return;
    place.x += event.movementX;
    place.y += event.movementY;
    move();
  });
  const steps: Record<string, [number, number]> = {
    ArrowLeft: [40, 0],
    ArrowRight: [-40, 0],
    ArrowUp: [0, 40],
    ArrowDown: [0, -40],
  };
  stage.addEventListener("keydown", ({ key }) => {
    if (key === "+" || key === "=") zoomBy(1.25);
    else if (key === "-") zoomBy(0.8);
    else if (steps[key]) {
      place.x += steps[key][0];
      place.y += steps[key][1];
      move();
    }
  });
}
