wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"title":"A validated post","author":"Ada","rating":5,"tags":["a","b","c"]}'
