// The roll map: a canvas over all of a roll's defects. Wheel, drag, pinch, buttons and keys move it; what is chosen
// goes to the server by a hidden button. Lengths in mm: y runs along the roll, x across it.
"use strict";
(() => {
  const LEFT = 52, TOP = 8, BARS = 46, AXIS = 24, GLYPH = 8, REACH = 16;
  const CLOSEST_MM = 400; // of cloth over the whole canvas
  const FULL_METRE = 4; // ASTM D5430 counts no more in one metre
  const GROUPS = ["hole", "thread", "weft", "stain", "lump", "foreign", "other"];
  const COLOURS = ["ground", "surface", "sunken", "line", "ink", "ink-soft", "accent", "bad"];
  const NICE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000];
  const UNSURE = 1, FALSE = 2;
  const CROWDED = 250; // shapes on one canvas that are drawn at their full size
  const STRIPS = 8, STRIP_WIDTH = 1100, STRIP_HEIGHT = 184;

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

  class RollMap {
    constructor(root) {
      this.root = root;
      this.told = JSON.parse(root.dataset.told);
      this.main = root.querySelector(".rm-main");
      this.over = root.querySelector(".rm-overview");
      this.choose = root.querySelector(".rm-choose");
      this.hover = document.getElementById("hover-crop");
      this.roll = null;
      this.from = 0;
      this.span = 0;
      this.pointers = new Map();
      this.pen = this.main.getContext("2d");
      this.listen();
      this.dress();
      this.fetch();
    }

    listen() {
      const main = this.main;
      main.addEventListener("wheel", (event) => {
        event.preventDefault();
        if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
          this.go(this.from + ((event.deltaX || event.deltaY) / 600) * this.span);
        } else this.zoom(Math.exp(event.deltaY / 500), this.mmAt(event));
      }, { passive: false });
      main.addEventListener("pointerdown", (event) => {
        main.setPointerCapture(event.pointerId);
        this.pointers.set(event.pointerId, event);
        this.moved = 0;
      });
      main.addEventListener("pointermove", (event) => this.drag(event));
      for (const kind of ["pointerup", "pointercancel"]) {
        main.addEventListener(kind, (event) => {
          const last = this.pointers.delete(event.pointerId) && !this.pointers.size;
          if (last && kind === "pointerup" && this.moved < 6) this.select(this.near(event, event.pointerType === "touch" ? 26 : REACH));
        });
      }
      main.addEventListener("pointerleave", () => this.point(null));
      main.addEventListener("keydown", (event) => this.key(event));
      this.root.addEventListener("click", (event) => {
        const tool = event.target.closest("[data-tool]");
        if (tool) this.use(tool.dataset.tool);
      });
      const jump = (event) => {
        if (!this.roll || !(event.buttons & 1)) return;
        const at = this.over.getBoundingClientRect();
        this.go(((event.clientX - at.left - LEFT) / (at.width - LEFT - 8)) * this.roll.length_mm - this.span / 2);
      };
      this.over.addEventListener("pointerdown", (event) => {
        this.over.setPointerCapture(event.pointerId);
        jump(event);
      });
      this.over.addEventListener("pointermove", jump);
      new ResizeObserver(() => this.dress()).observe(main);
      new MutationObserver(() => this.dress()).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.dress());
    }

    dress() {
      this.scale = devicePixelRatio || 1;
      this.colours = paint(this.root, "");
      this.sprite = sprites(this.colours, this.scale);
      for (const canvas of [this.main, this.over]) {
        canvas.width = Math.round(canvas.clientWidth * this.scale);
        canvas.height = Math.round(canvas.clientHeight * this.scale);
      }
      this.stale = true;
      this.draw();
    }

    async fetch() {
      const answer = await fetch(this.root.dataset.src);
      if (!answer.ok) {
        this.root.querySelector(".rm-shown").textContent = this.told.lost;
        return;
      }
      const before = this.roll?.length_mm || 0;
      const wholly = !this.roll || this.span >= before - 1;
      this.roll = await answer.json();
      this.roll.length_mm = Math.max(this.roll.length_mm, 1);
      if (wholly) [this.from, this.span] = [0, this.roll.length_mm];
      this.root.dataset.defects = this.roll.defects.length;
      this.stale = true;
      this.draw();
      this.print();
    }

    draw() {
      if (this.waits || !this.roll) return;
      this.waits = true;
      requestAnimationFrame(() => {
        this.waits = false;
        const { main, roll, told, colours } = this;
        drawStretch(this.pen, roll, told, colours, {
          width: main.clientWidth, height: main.clientHeight, from: this.from, span: this.span,
          scale: this.scale, sprite: this.sprite, chosen: this.chosen, pointed: this.pointed?.[0],
        });
        this.drawOverview();
        const metres = (mm) => (mm / 1000).toFixed(1).replace(".", told.decimal);
        this.root.querySelector(".rm-shown").textContent = told.shown.replace("@from", metres(this.from)).replace("@to", metres(this.from + this.span));
      });
    }

    drawOverview() {
      const { over, roll, colours, scale } = this;
      const width = over.clientWidth, height = over.clientHeight, room = width - LEFT - 8;
      if (this.stale || !this.ground) {
        this.ground = Object.assign(document.createElement("canvas"), { width: over.width, height: over.height });
        const pen = this.ground.getContext("2d");
        pen.setTransform(scale, 0, 0, scale, 0, 0);
        pen.fillStyle = colours.surface;
        pen.fillRect(LEFT, 2, room, height - 4);
        for (const [start, stop] of roll.uninspected) {
          pen.fillStyle = hatch(pen, colours, scale);
          pen.fillRect(LEFT + (start / roll.length_mm) * room, 2, Math.max(((stop - start) / roll.length_mm) * room, 1.5), height - 4);
        }
        for (const [, y, x, , , kind] of roll.defects) {
          pen.fillStyle = colours[`mark-${this.told.groups[kind] || "other"}`];
          pen.fillRect(LEFT + (y / roll.length_mm) * room - 1, 4 + Math.min(x / (roll.width_mm || 1), 1) * (height - 11), 2.5, 2.5);
        }
        this.stale = false;
      }
      const pen = over.getContext("2d");
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.clearRect(0, 0, over.width, over.height);
      pen.drawImage(this.ground, 0, 0);
      pen.setTransform(scale, 0, 0, scale, 0, 0);
      pen.strokeStyle = colours.accent;
      pen.lineWidth = 2;
      pen.strokeRect(LEFT + (this.from / roll.length_mm) * room, 1, Math.max((this.span / roll.length_mm) * room, 6), height - 2);
    }

    print() {
      const roll = this.roll, holder = this.root.querySelector(".rm-print");
      const each = (NICE.find((metres) => metres * 1000 * STRIPS >= roll.length_mm) || NICE[NICE.length - 1]) * 1000;
      const colours = paint(this.root, "light"), sprite = sprites(colours, 2);
      const strips = [];
      for (let from = 0; from < roll.length_mm; from += each) {
        const canvas = Object.assign(document.createElement("canvas"), { width: 2 * STRIP_WIDTH, height: 2 * STRIP_HEIGHT });
        drawStretch(canvas.getContext("2d"), roll, this.told, colours, { width: STRIP_WIDTH, height: STRIP_HEIGHT, from, span: each, scale: 2, sprite });
        strips.push(canvas);
      }
      holder.replaceChildren(...strips);
    }

    room() {
      return this.main.clientWidth - LEFT - 8;
    }

    mmAt(event) {
      return this.from + ((event.clientX - this.main.getBoundingClientRect().left - LEFT) / this.room()) * this.span;
    }

    go(from) {
      this.from = Math.min(Math.max(from, 0), Math.max(this.roll.length_mm - this.span, 0));
      this.draw();
    }

    zoom(factor, around = this.from + this.span / 2) {
      if (!this.roll) return;
      const span = Math.min(Math.max(this.span * factor, Math.min(CLOSEST_MM, this.roll.length_mm)), this.roll.length_mm);
      const share = (around - this.from) / this.span;
      this.span = span;
      this.go(around - share * span);
    }

    drag(event) {
      const before = this.pointers.get(event.pointerId);
      if (!before) return this.point(this.near(event, REACH), event);
      this.point(null);
      const others = [...this.pointers.values()].filter((one) => one.pointerId !== event.pointerId);
      if (others.length) {
        const apart = (one) => Math.max(Math.abs(one.clientX - others[0].clientX), 8);
        this.zoom(apart(before) / apart(event), this.mmAt(others[0]));
        this.moved = 99;
      } else {
        this.moved += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
        this.go(this.from - ((event.clientX - before.clientX) / this.room()) * this.span);
      }
      this.pointers.set(event.pointerId, event);
    }

    middle(defect) {
      const cloth = this.main.clientHeight - TOP - BARS - AXIS;
      const [, y, x, tall, wide] = defect;
      return [
        LEFT + ((y + tall / 2 - this.from) / this.span) * this.room(),
        TOP + Math.min(Math.max((x + wide / 2) / (this.roll.width_mm || 1), 0), 1) * cloth,
      ];
    }

    near(event, reach) {
      if (!this.roll) return null;
      const at = this.main.getBoundingClientRect();
      const x = event.clientX - at.left, y = event.clientY - at.top;
      let best = null, least = reach * reach;
      for (const defect of this.roll.defects) {
        const [cx, cy] = this.middle(defect);
        const far = (cx - x) ** 2 + (cy - y) ** 2;
        if (far < least) [best, least] = [defect, far];
      }
      return best;
    }

    point(defect, event) {
      if (defect !== this.pointed) {
        this.pointed = defect;
        this.main.style.cursor = defect ? "pointer" : "grab";
        this.draw();
      }
      const words = defect ? this.words(defect) : event ? this.wordsAt(event) : "";
      this.hover.hidden = !words;
      if (!words) return;
      const picture = this.hover.querySelector("img");
      const hash = defect?.[9];
      picture.hidden = !hash;
      if (hash && !picture.src.endsWith(hash)) picture.src = `/api/v1/pictures/${hash}`;
      this.hover.querySelector("p").textContent = words;
      const left = event.clientX + 320 > innerWidth ? event.clientX - 300 : event.clientX + 20;
      this.hover.style.left = `${Math.max(0, left)}px`;
      this.hover.style.top = `${Math.max(0, Math.min(event.clientY + 20, innerHeight - this.hover.offsetHeight - 8))}px`;
    }

    words([, , , , , kind, flags, length, points]) {
      const size = length.toFixed(length < 10 ? 1 : 0).replace(".", this.told.decimal);
      const parts = [this.told.kinds[kind] || kind, this.told.size.replace("@size", size), this.told.points.replace("@points", points)];
      if (flags & UNSURE) parts.push(this.told.unsure);
      if (flags & FALSE) parts.push(this.told.wrong);
      return parts.join(" · ");
    }

    wordsAt(event) {
      if (!this.roll) return "";
      const mm = this.mmAt(event);
      const metres = (value) => (value / 1000).toFixed(2).replace(".", this.told.decimal);
      const blind = this.roll.uninspected.find(([start, stop]) => mm >= start && mm <= stop);
      if (blind) {
        const [start, stop, reason] = blind;
        return this.told.blind.replace("@from", metres(start)).replace("@to", metres(stop)).replace("@reason", this.told.reasons[reason] || reason);
      }
      const low = event.clientY - this.main.getBoundingClientRect().top > this.main.clientHeight - BARS - AXIS;
      const points = this.roll.points_per_metre[Math.floor(mm / 1000)];
      if (!low || points === undefined) return "";
      return this.told.metre.replace("@metre", Math.floor(mm / 1000) + 1).replace("@points", points);
    }

    select(defect) {
      if (!defect) return;
      this.chosen = defect[0];
      this.choose.dataset.defect = defect[0];
      this.choose.click();
      this.draw();
    }

    step(by) {
      const order = this.roll.defects;
      if (!order.length) return;
      let at = order.findIndex((defect) => defect[0] === this.chosen);
      if (at < 0) at = Math.max(order.findIndex((defect) => defect[1] >= this.from), 0) - (by > 0 ? 1 : 0);
      const next = order[Math.min(Math.max(at + by, 0), order.length - 1)];
      if (next[1] < this.from || next[1] > this.from + this.span) this.go(next[1] - this.span / 2);
      this.select(next);
    }

    use(tool) {
      if (!this.roll) return;
      const moves = {
        in: () => this.zoom(0.5),
        out: () => this.zoom(2),
        whole: () => this.zoom(1e9),
        back: () => this.go(this.from - this.span / 4),
        on: () => this.go(this.from + this.span / 4),
        before: () => this.step(-1),
        next: () => this.step(1),
        start: () => this.go(0),
        end: () => this.go(this.roll.length_mm),
      };
      moves[tool]();
    }

    key(event) {
      const tools = {
        ArrowLeft: "back", ArrowRight: "on", Equal: "in", NumpadAdd: "in", Minus: "out", NumpadSubtract: "out",
        Digit0: "whole", Numpad0: "whole", KeyP: "before", KeyN: "next", Home: "start", End: "end",
      };
      const tool = tools[event.code];
      if (!tool || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.use(tool);
    }
  }

  let map = null, revision = "";
  const mount = () => {
    const root = document.querySelector(".rm");
    if (!root) return;
    const newest = document.querySelector(".rm-revision")?.dataset.revision || "";
    if (!map || map.root !== root) map = new RollMap(root);
    else if (newest !== revision) map.fetch();
    revision = newest;
  };
  new MutationObserver(mount).observe(document.body, { childList: true, subtree: true });
  mount();
  window.maqtaRollMap = () => map; // for whoever measures it

  // The picture that was kept, as large as it is.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-full]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const dialog = document.createElement("dialog");
    dialog.className = "rm-dialog";
    const picture = new Image();
    picture.alt = "";
    picture.src = link.href;
    const told = Object.assign(document.createElement("p"), { textContent: link.dataset.gone, hidden: true });
    picture.onerror = () => {
      picture.hidden = true;
      told.hidden = false;
    };
    const close = Object.assign(document.createElement("button"), { className: "button", textContent: link.dataset.close, type: "button" });
    dialog.append(picture, told, close);
    dialog.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  });
})();
