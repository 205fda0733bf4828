// Opens a picture that was kept, as large as it is.
"use strict";
(() => {
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
