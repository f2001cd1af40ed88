std = 'luajit'
globals = { 'vim' }
max_line_length = 120
files['spec'] = { globals = { 'vim', 'describe', 'it', 'before_each', 'after_each' } }
