// The picture beside the pointer on the roll map, and Enter on what can be pressed. Everything else is the server's.
"use strict";
(() => {
  const box = document.createElement("div");
  box.id = "hover-crop";
  box.hidden = true;
  const picture = document.createElement("img");
  picture.alt = "";
  const words = document.createElement("p");
  box.append(picture, words);
  document.body.append(box);

  const place = (event) => {
    const left = event.clientX + 20 + 280 > innerWidth ? event.clientX - 300 : event.clientX + 20;
    const top = Math.min(event.clientY + 20, innerHeight - 250);
    box.style.left = `${Math.max(0, left)}px`;
    box.style.top = `${Math.max(0, top)}px`;
  };

  document.addEventListener("mouseover", (event) => {
    const marked = event.target.closest?.("[data-words]");
    if (!marked) {
      box.hidden = true;
      return;
    }
    const hash = marked.dataset.crop;
    picture.hidden = !hash;
    if (hash) picture.src = `/api/v1/pictures/${hash}`;
    words.textContent = marked.dataset.words;
    place(event);
    box.hidden = false;
  });

  document.addEventListener("mousemove", (event) => {
    if (!box.hidden) place(event);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("g[data-action]")) {
      event.target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    }
  });
})();
