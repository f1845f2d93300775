-- Ada: exceptions raised in checked code and by the language's own checks, in the main program and in a task.
with Ada.Text_IO; use Ada.Text_IO;
procedure Tasks is
   Bad : exception;
   type Cells is array (1 .. 100) of Integer;
   C : Cells := (others => 1);
   procedure Inner (N : Integer) is
   begin
      C (N) := C (N) + N;
      if N mod 7 = 0 then raise Bad; end if;
   end Inner;
   task type Worker;
   task body Worker is
      Mine : Cells := (others => 2);
      Caught : Integer := 0;
   begin
      for I in 1 .. 100 loop
         begin
            Mine (I) := Mine (I) * I;
            if I mod 5 = 0 then raise Bad; end if;
            if I = 99 then Mine (Mine (I)) := 0; end if;
         exception
            when Bad => Caught := Caught + 1;
            when Constraint_Error => Caught := Caught + 100;
         end;
      end loop;
      C (50) := Caught;
   end Worker;
   Sum : Integer := 0;
begin
   for I in 1 .. 49 loop
      begin Inner (I); exception when Bad => Sum := Sum + 1000; end;
   end loop;
   declare W : Worker; begin null; end;
   for I in C'Range loop Sum := Sum + C (I); end loop;
   Put_Line (Integer'Image (Sum));
end Tasks;
