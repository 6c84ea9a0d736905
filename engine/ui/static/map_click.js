// A click on a dot of the map says where it lies. Streamlit's own selection of points is off while the pointer is a lasso
// or a box, and would fade all other songs; Plotly tells of a click in any case.
const CHART = ".st-key-m_chart .js-plotly-plot";

export default function ({ setTriggerValue }) {
  let tell = ({ points }) => {
    const [dot] = points ?? [];
    if (Number.isFinite(dot?.x) && Number.isFinite(dot?.y)) setTriggerValue("place", [dot.x, dot.y]);
  };
  const clicked = (event) => tell?.(event);
  const charts = [];
  // The chart may be drawn after this, and anew: it is listened to once a pointer is over it.
  const over = (event) => {
    const chart = event.target.closest?.(CHART);
    if (!chart?.on || charts.includes(chart)) return;
    chart.on("plotly_click", clicked);
    charts.push(chart);
  };
  document.addEventListener("pointerover", over, true);
  document.addEventListener("pointerdown", over, true);
  return () => {
    tell = undefined;
    document.removeEventListener("pointerover", over, true);
    document.removeEventListener("pointerdown", over, true);
    for (const chart of charts) chart.removeListener?.("plotly_click", clicked);
  };
}
