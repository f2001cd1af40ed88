local stage = require('stage')

describe('options', function()
  it('need not be set', function()
    local it = stage.new()
    assert.are.same('right', require('tiro.config').get().chat.position)
    assert.are.same('', it:told())
  end)

  it('keep their defaults where nothing is said', function()
    stage.new(nil, { chat = { size = 60 } })
    local chat = require('tiro.config').get().chat
    assert.are.same({ 60, 'right' }, { chat.size, chat.position })
  end)

  it('that do not exist are named, and the others hold', function()
    local it = stage.new(nil, { chat = { positon = 'left', size = 50 }, colour = 1 })
    assert.are.same(
      'Tiro: there is no option chat.positon; there is no option colour (see :help tiro-options)',
      it:told()
    )
    assert.are.same(50, require('tiro.config').get().chat.size)
  end)

  it('of the wrong type are named', function()
    local it = stage.new(nil, { chat = { input_height = 'high' }, review = { inline = 1 }, server = 'tiro' })
    assert.are.same(
      'Tiro: chat.input_height must be a number, not "high"; review.inline must be a boolean, not 1; '
        .. 'server must be a table, not "tiro" (see :help tiro-options)',
      it:told()
    )
  end)

  it('take one of the words that there are', function()
    local it = stage.new(nil, { chat = { position = 'centre' } })
    assert.are.same(
      'Tiro: chat.position must be one of right, left, bottom, top, tab, not "centre" (see :help tiro-options)',
      it:told()
    )
  end)

  it('refuse sizes that are none', function()
    local it = stage.new(nil, { chat = { size = 0 } })
    assert.is_truthy(it:told():find('chat.size must be a number over 0, not 0', 1, true))
  end)

  it('go to the server as they are', function()
    local it = stage.new(nil, { settings = { approval_policy = 'never' } })
    it:start()
    local tiro = it.server.requests[1].params.initializationOptions.tiro
    assert.are.same({ approval_policy = 'never' }, tiro.config)
    assert.is_true(tiro.events and tiro.saveDocuments and tiro.diagnostics and tiro.context)
  end)

  it('are all in the help, and the help has no others', function()
    require('tiro').setup()
    local here = vim.api.nvim_get_runtime_file('doc/tiro.txt', false)[1]
    local documented = {}
    for name in table.concat(vim.fn.readfile(here), '\n'):gmatch('%*tiro%-option%-([%w_.]+)%*') do
      documented[name] = true
    end
    local known = {}
    local function walk(options, prefix)
      for name, value in pairs(options) do
        local path = prefix .. name
        local is_group = type(value) == 'table' and not vim.islist(value) and next(value) and not value.min
        if is_group then
          walk(value, path .. '.')
        else
          known[path] = true
        end
      end
    end
    walk(require('tiro.config').get(), '')
    assert.are.same(known, documented)
  end)
end)
