// The rules of style sheets that each page uses, by PurgeCSS. Reads {sheets, pages: {name: html}} as JSON, writes {name: css}.
const { PurgeCSS } = require("purgecss")
const fs = require("fs")
const postcss = require("postcss")

const { sheets, pages } = JSON.parse(fs.readFileSync(0, "utf8"))

// What a page has only after a reader's move that needs no script, or at its start.
const LATER = ["js", "open", "checked", "hidden", "target", "slate", "default"]
// What a browser puts into each table.
const ADDED = ["tbody"]
// What stands empty in a page until the theme's script fills it.
const EMPTY = [/md-dialog/, /md-search-result/, /md-search__suggest/, /md-top/]

async function main() {
  const used = {}
  for (const [name, html] of Object.entries(pages)) {
    const results = await new PurgeCSS().purge({
      content: [{ raw: html, extension: "html" }],
      css: [{ raw: sheets.join("\n") }],  // one, so that a variable of one sheet is kept for the rules of another
      // The tags alone: a word of the text is no class.
      defaultExtractor: html => html.replace(/>[^<]*</g, "><").match(/[\w#/.:-]+/g),
      safelist: [...LATER, ...ADDED],
      blocklist: EMPTY,
      variables: true,
      keyframes: true,
    })
    // Whoever hovers has moved, and the theme's own style sheets come.
    const rules = postcss.parse(results[0].css)
    rules.walkRules(/:hover/, rule => {
      const others = rule.selectors.filter(selector => !selector.includes(":hover"))
      others.length ? (rule.selectors = others) : rule.remove()
    })
    rules.walkDecls(/^transition/, declaration => declaration.remove())  // nothing changes before the first move
    used[name] = rules.toString()
  }
  process.stdout.write(JSON.stringify(used))
}

main()
