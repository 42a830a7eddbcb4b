// Runs one suite; its tables are the last line of the output.
const { default: tables } = await import(`./suites/${process.argv[2]}`)
console.log(`\n${JSON.stringify(tables)}`)
process.exit(0)
