/** The bars of one run, as SVG: requests per second, the median with its least and most. */
import type { Spread } from "./figures.ts";
import type { Subject } from "./subjects.ts";

export type Bar = Pick<Subject, "name" | "server"> & Spread;

const COLOURS: Readonly<Record<Subject["server"], string>> = {
  idp: "#1f5fa8",
  floor: "#9aa5b1",
  peer: "#8a6d3b",
};

const [WIDTH, LABEL, ROW, TOP] = [820, 220, 26, 40];

export function drawChart(bars: readonly Bar[]): string {
  // Bare answers are far from everything else: a logarithmic scale keeps all in sight.
  const most = Math.log10(Math.max(...bars.map(({ max }) => max), 10));
  const x = (perSecond: number) => LABEL + (Math.log10(Math.max(perSecond, 1)) / most) * (WIDTH - LABEL - 90);
  const rows = bars.map(({ name, server, median, min, max }, at) => {
    const y = TOP + at * ROW;
    return [
      `<text x="${LABEL - 8}" y="${y + 13}" text-anchor="end">${escapeXml(name)}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${(x(median) - LABEL).toFixed(1)}" height="16" fill="${COLOURS[server]}"/>`,
      `<path d="M${x(min).toFixed(1)} ${y + 8}H${x(max).toFixed(1)}" stroke="#222" stroke-width="2"/>`,
      `<text x="${(x(max) + 8).toFixed(1)}" y="${y + 13}">${Math.round(median)}</text>`,
    ].join("");
  });
  const height = TOP + bars.length * ROW + 10;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>Requests per second of each endpoint, its floor and the peer</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="8" y="20" font-size="14">Requests per second (logarithmic; line: least and most of the rounds)</text>`,
    ...rows,
    "</svg>\n",
  ].join("\n");
}

const escapeXml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
