// The review queue: keys press its buttons, and boxes are drawn on the picture in the picture's own pixels.
"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const SMALLEST_PX = 3; // a slip of the finger is no box
  const HANDLE_PX = 22; // half of a finger's target, on the screen
  const shape = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const box = () => document.querySelector(".rv");

  // --- boxes

  const drawn = new Map(); // boxes by item

  class Stage {
    constructor(frame) {
      this.frame = frame;
      this.root = frame.closest(".rv");
      this.size = frame.closest(".rv-stage").querySelector(".rv-size");
      this.clear = frame.closest(".rv-stage").querySelector(".rv-clear");
      this.help = this.size.textContent;
      this.found = JSON.parse(frame.dataset.found || "null");
      this.many = frame.dataset.many === "1";
      this.scale = Number(frame.dataset.scale) || 0;
      this.item = this.root.dataset.item;
      this.boxes = drawn.get(this.item) || []; // the server's answer may bring the same item anew
      this.held = null;
      const picture = new Image();
      picture.onload = () => this.show(picture);
      picture.onerror = () => frame.replaceChildren(Object.assign(document.createElement("p"), { textContent: frame.dataset.gone }));
      picture.src = frame.dataset.src;
      this.clear.addEventListener("click", () => this.set([]));
    }

    show(picture) {
      this.width = picture.naturalWidth;
      this.height = picture.naturalHeight;
      this.svg = shape("svg", { viewBox: `0 0 ${this.width} ${this.height}` });
      const image = shape("image", { width: this.width, height: this.height });
      image.setAttribute("href", picture.src);
      this.layer = shape("g", {});
      this.svg.append(image, this.layer);
      this.frame.replaceChildren(this.svg);
      this.frame.dataset.shown = "1";
      for (const kind of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
        this.frame.addEventListener(kind, (event) => this.pointed(kind, event));
      }
      this.set(this.boxes);
    }

    at(event) {
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
      return [Math.min(Math.max(point.x, 0), this.width), Math.min(Math.max(point.y, 0), this.height)];
    }

    pointed(kind, event) {
      const [x, y] = this.at(event);
      if (kind === "pointerdown" && event.button === 0) {
        this.frame.setPointerCapture(event.pointerId);
        const corner = event.target.dataset?.corner;
        if (corner) {
          const [number, horizontal, vertical] = corner.split(" ").map(Number);
          const start = this.shown()[number];
          this.held = { number, x: horizontal ? start[0] : start[2], y: vertical ? start[1] : start[3] };
        } else {
          this.held = { number: this.many ? this.boxes.length : 0, x, y };
        }
      } else if (kind === "pointermove" && this.held) {
        const { number, x: fixedX, y: fixedY } = this.held;
        const sides = [Math.min(x, fixedX), Math.min(y, fixedY), Math.max(x, fixedX), Math.max(y, fixedY)];
        if (sides[2] - sides[0] < SMALLEST_PX || sides[3] - sides[1] < SMALLEST_PX) return;
        const boxes = [...this.boxes];
        boxes[number] = sides.map(Math.round);
        this.set(boxes);
      } else if (kind !== "pointermove") {
        this.held = null;
      }
    }

    shown() {
      return this.boxes.length || !this.found ? this.boxes : [this.found];
    }

    set(boxes) {
      this.boxes = boxes;
      drawn.set(this.item, boxes);
      const told = boxes.map(([x0, y0, x1, y1]) => ({ x0, y0, x1, y1, mm_per_px: this.scale || null }));
      for (const button of this.root.querySelectorAll("[data-action=judge]")) {
        if (boxes.length && button.dataset.defective === "1") button.dataset.boxes = JSON.stringify(told);
        else delete button.dataset.boxes;
      }
      const last = boxes[boxes.length - 1];
      const mm = (pixels) => (pixels * this.scale).toFixed(1).replace(".", this.size.dataset.decimal);
      this.size.textContent =
        last && this.scale
          ? this.size.dataset.mm.replace("@w", mm(last[2] - last[0])).replace("@h", mm(last[3] - last[1]))
          : this.help;
      this.clear.hidden = !boxes.length;
      this.draw();
    }

    draw() {
      const rect = ([x0, y0, x1, y1], look) =>
        shape("rect", { x: x0, y: y0, width: Math.max(x1 - x0, 1), height: Math.max(y1 - y0, 1), class: look });
      const reach = HANDLE_PX / this.svg.getScreenCTM().a;
      const parts = [];
      if (this.found) parts.push(rect(this.found, "rv-found is-under"), rect(this.found, "rv-found"));
      this.shown().forEach((sides, number) => {
        if (this.boxes.length) parts.push(rect(sides, "rv-drawn"));
        for (const right of [0, 1]) {
          for (const low of [0, 1]) {
            const at = { cx: sides[right ? 2 : 0], cy: sides[low ? 3 : 1] };
            if (this.boxes.length) parts.push(shape("circle", { ...at, r: reach / 4, class: "rv-knob" }));
            const corner = shape("circle", { ...at, r: reach, class: "rv-corner" });
            corner.dataset.corner = `${number} ${right} ${low}`;
            parts.push(corner);
          }
        }
      });
      this.layer.replaceChildren(...parts);
    }
  }

  // The next item is there before the server answers: it was sent ahead, and stands in the page as a template.
  const left = new Set(); // items that were judged or skipped here; the server's answer may still show them
  const goOn = (root) => {
    const next = [...document.querySelectorAll("template.rv-next")].find((each) => !left.has(each.dataset.item));
    if (next) root.replaceWith(next.content.firstElementChild.cloneNode(true));
    else busy(root);
  };

  const mount = () => {
    const root = box();
    if (root && left.has(root.dataset.item)) goOn(root);
    const frame = document.querySelector(".rv-picture:not([data-mounted])");
    if (!frame) return;
    frame.dataset.mounted = "1";
    new Stage(frame);
  };
  new MutationObserver(mount).observe(document.body, { childList: true, subtree: true });
  mount();

  // --- keys: those of the keyboard's places, so that a Russian or Kazakh layout changes nothing

  const kinds = () => box()?.querySelector(".rv-kinds");
  const open = (wanted) => {
    const list = kinds();
    if (!list) return;
    list.hidden = !wanted;
    box().querySelector(".rv-open").setAttribute("aria-expanded", String(wanted));
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".rv-open")) open(kinds().hidden);
    if (event.target.closest?.("[data-action=undo], [data-action=again]")) left.clear();
    const pressed = event.target.closest?.(".rv [data-action]");
    if (!pressed) return;
    left.add(pressed.dataset.item);
    setTimeout(() => goOn(pressed.closest(".rv"))); // after the press was sent
  });
  // Without a next item a second press, before the answer, would judge a picture that nobody saw.
  const busy = (root) => {
    root.classList.add("is-busy");
    setTimeout(() => root.classList.remove("is-busy"), 3000);
  };
  document.addEventListener("keydown", (event) => {
    const root = box();
    if (!root && event.code !== "KeyZ") return;
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest?.("input, textarea, select")) return;
    if (root?.classList.contains("is-busy")) return;
    if (event.code === "Escape") return open(false);
    const code = event.code.replace("Numpad", "Digit");
    const list = kinds();
    const inList = list && !list.hidden ? list.querySelector(`[data-key="${code}"]`) : null;
    const button =
      inList || [...document.querySelectorAll(`main [data-key="${code}"]`)].find((each) => !each.closest(".rv-kinds"));
    if (!button || button.hidden) return;
    event.preventDefault();
    button.click();
  });
})();
