"use strict";
// textual.js starts the terminal in window.onload. Before, it is told where the program is, and
// the font is fetched: a terminal measures its cells once, with the font that is there.
(() => {
  const start = window.onload;
  const asked = Number(new URLSearchParams(location.search).get("fontsize"));
  const size = asked >= 6 && asked <= 48 ? asked : 16;

  window.onload = async (event) => {
    const terminal = document.getElementById("terminal");
    const scheme = location.protocol === "https:" ? "wss://" : "ws://";
    terminal.dataset.sessionWebsocketUrl = scheme + location.host + "/ws";
    terminal.dataset.fontSize = size;
    document.getElementById("again").addEventListener("click", () => location.reload());
    const faces = [`${size}px "Roboto Mono"`, `bold ${size}px "Roboto Mono"`];
    await Promise.allSettled(faces.map((face) => document.fonts.load(face)));
    start(event);
    // Keys go to the terminal from the start; it tells the program so, which needs a connection.
    new MutationObserver((_, observer) => {
      if (document.body.classList.contains("-loaded")) {
        observer.disconnect();
        terminal.querySelector(".xterm-helper-textarea").focus();
      }
    }).observe(document.body, { attributeFilter: ["class"] });
  };
})();
