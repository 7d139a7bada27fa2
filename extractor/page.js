// Without this the page works: cards then stand in a corner, and a record cut in pieces is lit at its first piece only.
const near = (mark, y) => {
  const boxes = [...mark.getClientRects()];
  const box = boxes.find((each) => each.top <= y && y <= each.bottom) ?? boxes[0];
  if (!box) return;
  const left = `${Math.max(8, Math.min(box.left, innerWidth - 400))}px`;
  const low = box.bottom > innerHeight * 0.6;
  mark.style.setProperty(
    "--card",
    low ? `auto auto ${innerHeight - box.top + 6}px ${left}` : `${box.bottom + 6}px auto auto ${left}`,
  );
};
let shown;
const show = (event) => {
  shown = event.target.closest("mark[aria-description]");
  if (shown) near(shown, event.clientY ?? -1);
};
addEventListener("mouseover", show);
addEventListener("focusin", show);
addEventListener("scroll", () => shown && near(shown, -1), { capture: true, passive: true });
addEventListener("touchstart", () => {}, { passive: true }); // makes Safari take a tap for a hover
addEventListener("keydown", (event) => event.key === "Escape" && document.activeElement.blur());

const aim = () => {
  for (const mark of document.querySelectorAll(".aimed")) mark.classList.remove("aimed");
  const id = CSS.escape(decodeURIComponent(location.hash.slice(1)));
  if (id) for (const piece of document.querySelectorAll(`[data-of="${id}"]`)) piece.classList.add("aimed");
};
addEventListener("hashchange", aim);
addEventListener("DOMContentLoaded", () => {
  aim();
  if (matchMedia("(max-width: 60rem)").matches) document.querySelector(".outline")?.removeAttribute("open");
});
