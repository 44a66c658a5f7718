<html>{{!base}}</html>
