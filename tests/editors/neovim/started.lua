local person = dofile(vim.fs.joinpath(vim.fs.dirname(arg[0]), 'person.lua'))
local buffer = person.open('add.sh')
-- Comments are started at once, from now on.
person.client:notify('workspace/didChangeConfiguration', { settings = { tiro = { comments = 'start' } } })
local before = person.text(buffer)
vim.api.nvim_buf_set_lines(buffer, 3, 3, true, { '  # why minus AI?' })
person.wait_for('the answer', function()
  return person.shown_with('Somebody mistyped it.')
end)
person.wait_for('the comment to go', function()
  return person.text(buffer) == before
end)
person.leave()
