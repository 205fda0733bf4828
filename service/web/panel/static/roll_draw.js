// Draws a stretch of a roll on a canvas: cloth, what nobody looked at, points of each metre, defects. Nothing else.
"use strict";
window.maqtaRollDraw = (() => {
  const LEFT = 52, TOP = 8, BARS = 46, AXIS = 24, GLYPH = 8;
  const FULL_METRE = 4; // ASTM D5430 counts no more in one metre
  const GROUPS = ["hole", "thread", "weft", "stain", "lump", "foreign", "other"];
  const COLOURS = ["ground", "surface", "sunken", "line", "ink", "ink-soft", "accent", "bad"];
  const NICE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000];
  const UNSURE = 1, FALSE = 2;
  const CROWDED = 250; // shapes on one canvas that are drawn at their full size

  const paint = (host, scheme) => {
    const probe = document.createElement("i");
    if (scheme) probe.style.colorScheme = scheme;
    host.append(probe);
    const read = (name) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    };
    const found = Object.fromEntries([...COLOURS, ...GROUPS.map((group) => `mark-${group}`)].map((name) => [name, read(name)]));
    probe.remove();
    return found;
  };

  const outline = (group) => {
    const drawn = document.querySelector(`#shape-${group} > *`);
    const number = (name) => Number(drawn.getAttribute(name)) || 0;
    const path = new Path2D();
    if (drawn.tagName === "circle") path.arc(0, 0, number("r"), 0, 7);
    else if (drawn.tagName === "rect") path.rect(number("x"), number("y"), number("width"), number("height"));
    else return new Path2D(drawn.getAttribute("d"));
    return path;
  };

  const sprites = (colours, scale) => {
    const made = new Map();
    return (group, flags, crowd) => {
      const size = Math.round(crowd * 10) / 10;
      const key = `${group}/${flags}/${size}`;
      if (!made.has(key)) {
        const side = Math.ceil(2 * (GLYPH + 4) * scale * size);
        const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
        const pen = canvas.getContext("2d");
        pen.setTransform(scale * size, 0, 0, scale * size, side / 2, side / 2);
        pen.lineWidth = 1.5;
        pen.strokeStyle = flags & FALSE ? colours["ink-soft"] : colours[`mark-${group}`];
        if (flags & FALSE) pen.setLineDash([2, 2]);
        pen.fillStyle = flags & UNSURE ? colours.surface : colours[`mark-${group}`];
        const path = outline(group);
        if (!(flags & FALSE)) pen.fill(path);
        pen.stroke(path);
        made.set(key, canvas);
      }
      return made.get(key);
    };
  };

  const hatches = new WeakMap(); // by the colours they were drawn in
  const hatch = (pen, colours, scale) => {
    if (!hatches.has(colours)) hatches.set(colours, pen.createPattern(hatchTile(colours, scale), "repeat"));
    return hatches.get(colours);
  };
  const hatchTile = (colours, scale) => {
    const side = 9 * scale;
    const tile = Object.assign(document.createElement("canvas"), { width: side, height: side });
    const inner = tile.getContext("2d");
    inner.fillStyle = colours.sunken;
    inner.fillRect(0, 0, side, side);
    inner.strokeStyle = colours["ink-soft"];
    inner.lineWidth = scale;
    inner.beginPath();
    for (const at of [-side, 0, side]) {
      inner.moveTo(at, side);
      inner.lineTo(at + side, 0);
    }
    inner.stroke();
    return tile;
  };

  // One stretch of the roll on one canvas; used for the screen and for each printed strip.
  const drawStretch = (pen, roll, told, colours, view) => {
    const { width, height, from, span, scale, sprite, chosen, pointed } = view;
    const cloth = height - TOP - BARS - AXIS;
    const px = (mm) => LEFT + ((mm - from) / span) * (width - LEFT - 8);
    const py = (mm) => TOP + Math.min(Math.max(mm / (roll.width_mm || 1), 0), 1) * cloth;
    const number = (value, digits) => value.toFixed(digits).replace(".", told.decimal);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = "13px Roboto, sans-serif";
    pen.save();
    pen.beginPath();
    pen.rect(LEFT, 0, width - LEFT - 8, height);
    pen.clip();
    pen.fillStyle = colours.surface;
    pen.strokeStyle = colours.line;
    pen.lineWidth = 1;
    const end = Math.min(px(roll.length_mm), width - 8);
    pen.fillRect(px(0), TOP, end - px(0), cloth);
    for (const [start, stop, reason] of roll.uninspected) {
      const x0 = px(start), x1 = Math.max(px(stop), x0 + 1.5);
      if (x1 < LEFT || x0 > width) continue;
      pen.fillStyle = hatch(pen, colours, scale);
      pen.fillRect(x0, TOP, x1 - x0, cloth);
      const words = told.reasons[reason] || reason;
      const room = pen.measureText(words).width + 12;
      if (x1 - x0 > room) {
        const at = (Math.max(x0, LEFT) + Math.min(x1, width)) / 2;
        pen.fillStyle = colours.surface;
        pen.fillRect(at - room / 2, TOP + cloth / 2 - 12, room, 24);
        pen.fillStyle = colours.ink;
        pen.textAlign = "center";
        pen.fillText(words, at, TOP + cloth / 2 + 5);
      }
    }
    // points of each metre; where a metre is narrower than a pixel, the worst one of that pixel
    const floor = TOP + cloth + BARS;
    const metre = Math.max(px(1000) - px(0), 1);
    const first = Math.max(0, Math.floor(from / 1000)), last = Math.min(roll.points_per_metre.length, Math.ceil((from + span) / 1000));
    const worst = new Map();
    for (let at = first; at < last; at++) {
      const points = roll.points_per_metre[at];
      if (points) {
        const x = Math.round(px(at * 1000));
        if (!(worst.get(x) >= points)) worst.set(x, points);
      }
    }
    for (const [x, points] of worst) {
      const tall = (Math.min(points, FULL_METRE) / FULL_METRE) * (BARS - 8);
      pen.fillStyle = points >= FULL_METRE ? colours.bad : colours["ink-soft"];
      pen.fillRect(x, floor - tall, Math.max(metre - 1, 1), tall);
    }
    pen.strokeStyle = colours.line;
    pen.strokeRect(px(0), TOP, end - px(0), cloth);
    pen.beginPath();
    pen.moveTo(LEFT, floor + 0.5);
    pen.lineTo(width, floor + 0.5);
    pen.stroke();
    // outlines of what is larger than its shape, then the shapes
    const seen = roll.defects.filter(([, y, , tall]) => px(y + tall) > LEFT - GLYPH && px(y) < width + GLYPH);
    const crowd = Math.min(Math.max(Math.sqrt(CROWDED / Math.max(seen.length, 1)), 0.4), 1); // smaller where many are
    const half = (GLYPH + 4) * crowd;
    for (const defect of seen) {
      const [id, y, x, tall, wide, kind, flags] = defect;
      const x0 = px(y), x1 = px(y + tall);
      const y0 = py(x), y1 = py(x + wide);
      const group = told.groups[kind] || "other";
      if (crowd > 0.7 && (x1 - x0 > 2 * GLYPH || y1 - y0 > 2 * GLYPH)) {
        pen.strokeStyle = colours[`mark-${group}`];
        pen.globalAlpha = 0.7;
        pen.strokeRect(x0, y0, Math.max(x1 - x0, 1), Math.max(y1 - y0, 1));
        pen.globalAlpha = 1;
      }
      const cx = (x0 + x1) / 2, cy = (y0 + y1) / 2;
      pen.drawImage(sprite(group, flags, crowd), cx - half, cy - half, 2 * half, 2 * half);
      if (id === chosen || id === pointed) {
        pen.strokeStyle = id === chosen ? colours.accent : colours.ink;
        pen.lineWidth = id === chosen ? 3 : 1.5;
        pen.beginPath();
        pen.arc(cx, cy, GLYPH + 5, 0, 7);
        pen.stroke();
        pen.lineWidth = 1;
      }
    }
    pen.restore();
    pen.fillStyle = colours["ink-soft"];
    pen.textAlign = "right";
    pen.fillText("0", LEFT - 8, TOP + 11);
    pen.fillText(number(roll.width_mm / 1000, 2), LEFT - 8, TOP + cloth);
    pen.fillText(String(FULL_METRE), LEFT - 8, floor - BARS + 18);
    const step = NICE.find((metres) => (metres * 1000 * (width - LEFT)) / span > 90) || NICE[NICE.length - 1];
    const fine = span < 10_000 ? 0.1 : 1;
    const every = span < 4_000 ? fine * 1000 * (span < 1000 ? 1 : 5) : step * 1000;
    pen.textAlign = "center";
    for (let mm = Math.ceil(from / every) * every; mm <= from + span; mm += every) {
      pen.fillRect(px(mm), floor, 1, 5);
      pen.fillText(number(mm / 1000, every < 1000 ? 1 : 0), Math.min(Math.max(px(mm), LEFT + 8), width - 24), floor + 18);
    }
  };

  return { LEFT, TOP, BARS, AXIS, NICE, UNSURE, FALSE, paint, sprites, hatch, drawStretch };
})();
