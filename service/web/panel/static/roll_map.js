// The roll map: a canvas over all of a roll's defects. Wheel, drag, pinch, buttons and keys move it; what is chosen
// goes to the server by a hidden button. Lengths in mm: y runs along the roll, x across it.
"use strict";
(() => {
  const { LEFT, TOP, BARS, AXIS, NICE, UNSURE, FALSE, paint, sprites, hatch, drawStretch } = window.maqtaRollDraw;
  const REACH = 16; // px from a shape to the pointer
  const CLOSEST_MM = 400; // of cloth over the whole canvas
  const QUICK_MS = 10, RESTS = 4; // slower drawings are made in at most a fifth of the time
  const STRIPS = 8, STRIP_WIDTH = 1100, STRIP_HEIGHT = 184;

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
      [this.took, this.drawnAt] = [0, 0];
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
      this.kept = null;
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
      this.kept = null;
      this.draw();
      this.print();
    }

    draw() {
      if (this.waits || !this.roll) return;
      this.waits = true;
      requestAnimationFrame(() => {
        this.waits = false;
        const now = performance.now();
        // A drawing that takes long is moved and stretched in between, so that the hand is followed at once.
        const rests = now - this.drawnAt > RESTS * this.took;
        if (this.took > QUICK_MS && !rests && this.kept) {
          this.move();
          clearTimeout(this.later);
          this.later = setTimeout(() => this.draw(), RESTS * this.took);
        } else this.drawWhole(now);
        this.drawOverview();
        const metres = (mm) => (mm / 1000).toFixed(1).replace(".", this.told.decimal);
        const words = this.told.shown.replace("@from", metres(this.from)).replace("@to", metres(this.from + this.span));
        const shown = this.root.querySelector(".rm-shown");
        if (shown.textContent !== words) shown.textContent = words;
      });
    }

    drawWhole(now) {
      const { main, roll, told, colours } = this;
      drawStretch(this.pen, roll, told, colours, {
        width: main.clientWidth, height: main.clientHeight, from: this.from, span: this.span,
        scale: this.scale, sprite: this.sprite, chosen: this.chosen, pointed: this.pointed?.[0],
      });
      this.kept ||= document.createElement("canvas");
      if (this.kept.width !== main.width || this.kept.height !== main.height) {
        [this.kept.width, this.kept.height] = [main.width, main.height];
      }
      const pen = this.kept.getContext("2d");
      pen.clearRect(0, 0, main.width, main.height);
      pen.drawImage(main, 0, 0);
      this.keptView = [this.from, this.span];
      this.drawnAt = performance.now();
      this.took = this.drawnAt - now;
    }

    move() {
      const { pen, kept, scale } = this;
      const [from, span] = this.keptView;
      const left = LEFT * scale, room = this.room() * scale;
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.clearRect(left, 0, kept.width - left, kept.height);
      pen.save();
      pen.beginPath();
      pen.rect(left, 0, room, kept.height);
      pen.clip();
      const x = left + ((from - this.from) / this.span) * room;
      pen.drawImage(kept, left, 0, room, kept.height, x, 0, (span / this.span) * room, kept.height);
      pen.restore();
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
})();
