/** What the page finds in its document is HTML or SVG, whatever selector found it. */
interface Element extends HTMLOrSVGElement {}
